#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "agentphone/api.h"
#include "agentphone/models.h"

// Looking by reading whether a write of unknown outcome happened. A write is never repeated to find out.
namespace apmcp::agentphone {

/// What the look found. At most two reads, no waiting: "not seen" may mean "not seen yet".
struct Finding {
  enum class State { kFound, kNotSeen, kCouldNotLook };
  State state = State::kNotSeen;
  std::string id;    ///< of the message, call, number or agent, when found
  std::string note;  ///< one sentence for the result, with the tool to look with again
};

/// `since` is the moment just before the attempt, on the clock that the service (or the sandbox) lives by.
Finding find_sent_message(AgentPhoneApi& api, const SendMessageRequest& request,
                          std::chrono::system_clock::time_point since, const AgentPhoneApi::Options& options);
Finding find_placed_call(AgentPhoneApi& api, const PlaceCallRequest& request,
                         std::chrono::system_clock::time_point since, const AgentPhoneApi::Options& options);
Finding find_bought_number(AgentPhoneApi& api, const BuyNumberRequest& request,
                           std::chrono::system_clock::time_point since, const AgentPhoneApi::Options& options);
Finding find_created_agent(AgentPhoneApi& api, const AgentSettings& settings,
                           std::chrono::system_clock::time_point since, const AgentPhoneApi::Options& options);

/// `error` (kOutcomeUnknown) completed by what was found: message, next_step, and in data "looked" ("found",
/// "not_seen" or "could_not_look") with "found_id". The code stays.
Error with_finding(Error error, const Finding& finding);

/// How far two clocks may differ when a row's time is compared with `since`. Small, so that an older text or call to
/// the same number is not taken for this one. A larger difference ends as "not seen", which never causes a repeat.
inline constexpr std::chrono::seconds kClockTolerance{2};

/// Returns the newest row that the attempt can have made, or nothing. A row counts from `since - kClockTolerance` on. A
/// row without a readable time never counts. Pure.
std::optional<std::string> match_message(std::span<const Message> rows, const SendMessageRequest& request,
                                         std::chrono::system_clock::time_point since);
std::optional<std::string> match_call(std::span<const Call> rows, const PlaceCallRequest& request,
                                      std::chrono::system_clock::time_point since);
std::optional<std::string> match_number(std::span<const PhoneNumber> rows, const BuyNumberRequest& request,
                                        std::chrono::system_clock::time_point since);
std::optional<std::string> match_agent(std::span<const Agent> rows, const AgentSettings& settings,
                                       std::chrono::system_clock::time_point since);

}  // namespace apmcp::agentphone

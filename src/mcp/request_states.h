#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "agentphone_mcp/result.h"
#include "base/clock.h"
#include "mcp/spent_states.h"
#include "mcp/state_seal.h"

namespace apmcp::mcp {

/// What one round of a request leaves for the next.
struct RequestState {
  int round = 0;                  ///< that made it, from 1
  Json answers = Json::object();  ///< what the client said so far, by key: {"answer", "question"}
  Json asked = Json::object();    ///< by that round, by key: the question where its answer must be proved, else null
  Json handler = Json::object();  ///< RequestContext::state
  std::string nonce;              ///< set by seal()
  Clock::TimePoint expires_at{};  ///< set by seal(); whole seconds
};

/// `requestState` of 2026-07-28 ("Multi Round-Trip Requests"): what a client carries from one round of a request to
/// the next. Treated as hostile when it comes back. `purpose` binds it to caller, method and arguments. Thread-safe.
///
/// Every process that shares the keys of the seal accepts a state. It is used once among those that share `spent`.
class RequestStates {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{32} << 10;  ///< of a sealed state

  static constexpr std::chrono::seconds kLifetime{600};

  /// `seal` and `clock` outlive this. `spent` is not null.
  RequestStates(StateSeal& seal, const Clock& clock, std::chrono::seconds lifetime = kLifetime,
                std::unique_ptr<SpentStates> spent = std::make_unique<MemorySpentStates>())
      : seal_(seal), clock_(clock), lifetime_(lifetime), spent_(std::move(spent)) {}

  /// kInputRefused when it would be larger than kMaxBytes.
  Result<std::string> seal(RequestState state, std::string_view purpose);

  /// kInvalidParams for a state that is changed, expired, too large, or not for this purpose.
  Result<RequestState> open(std::string_view sealed, std::string_view purpose);

  /// Uses up a state. kInvalidParams when it was used before, kBusy when that cannot be remembered.
  Status spend(const RequestState& state);

 private:
  StateSeal& seal_;
  const Clock& clock_;
  const std::chrono::seconds lifetime_;
  const std::unique_ptr<SpentStates> spent_;
};

}  // namespace apmcp::mcp

#include "agentphone/reconcile.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "agentphone/wire_time.h"

namespace apmcp::agentphone {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr milliseconds kLookTimeout{10'000};
constexpr std::int64_t kRows = 100;

/// The newest of the rows that `matches` accepts and that appeared since the attempt.
template <typename Row, typename Matches, typename TimeOf>
std::optional<std::string> newest(std::span<const Row> rows, system_clock::time_point since, Matches matches,
                                  TimeOf time_of) {
  const Row* best = nullptr;
  system_clock::time_point best_time;
  for (const Row& row : rows) {
    const auto when = parse_iso8601(time_of(row));
    if (!when || *when < since - kClockTolerance || !matches(row)) continue;
    if (best == nullptr || *when > best_time) {
      best = &row;
      best_time = *when;
    }
  }
  return best == nullptr ? std::nullopt : std::optional<std::string>(best->id);
}

AgentPhoneApi::Options look_options(const AgentPhoneApi::Options& options) {
  AgentPhoneApi::Options look = options;
  // The write has used up its own time; the look gets a little of its own, so that it can still happen.
  look.timeout = std::clamp(look.timeout, milliseconds{1'000}, kLookTimeout);
  return look;
}

Finding conclude(const std::optional<std::string>& id, std::string_view thing, std::string_view look_again) {
  if (id) {
    return {.state = Finding::State::kFound,
            .id = *id,
            .note = "Looking showed that it happened: " + std::string(thing) + " " + *id + ". Do not repeat it."};
  }
  return {.state = Finding::State::kNotSeen,
          .note = "Looking did not show it yet. It may still appear: look again with " + std::string(look_again) +
                  " before deciding to repeat it."};
}

Finding could_not_look(const Error& error, std::string_view look_again) {
  return {.state = Finding::State::kCouldNotLook,
          .note = "It could not be looked up (" + error.message + "). Look with " + std::string(look_again) +
                  " before deciding to repeat it."};
}

std::string_view state_name(Finding::State state) {
  switch (state) {
    case Finding::State::kFound: return "found";
    case Finding::State::kNotSeen: return "not_seen";
    case Finding::State::kCouldNotLook: return "could_not_look";
  }
  return "could_not_look";
}

}  // namespace

std::optional<std::string> match_message(std::span<const Message> rows, const SendMessageRequest& request,
                                         system_clock::time_point since) {
  return newest(
      rows, since,
      [&](const Message& row) {
        return row.direction != "inbound" && row.to_number == request.to_number && row.body == request.body;
      },
      [](const Message& row) { return std::string_view(row.received_at); });
}

std::optional<std::string> match_call(std::span<const Call> rows, const PlaceCallRequest& request,
                                      system_clock::time_point since) {
  return newest(
      rows, since, [&](const Call& row) { return row.direction != "inbound" && row.to_number == request.to_number; },
      [](const Call& row) { return std::string_view(row.started_at); });
}

std::optional<std::string> match_number(std::span<const PhoneNumber> rows, const BuyNumberRequest& request,
                                        system_clock::time_point since) {
  const std::string prefix = "+1" + request.area_code.value_or(std::string());
  return newest(
      rows, since,
      [&](const PhoneNumber& row) {
        return row.country == request.country && row.phone_number.starts_with(prefix) &&
               (!request.agent_id || row.agent_id == request.agent_id);
      },
      [](const PhoneNumber& row) { return std::string_view(row.created_at); });
}

std::optional<std::string> match_agent(std::span<const Agent> rows, const AgentSettings& settings,
                                       system_clock::time_point since) {
  return newest(
      rows, since, [&](const Agent& row) { return settings.name && row.name == *settings.name; },
      [](const Agent& row) { return std::string_view(row.created_at); });
}

Finding find_sent_message(AgentPhoneApi& api, const SendMessageRequest& request, system_clock::time_point since,
                          const AgentPhoneApi::Options& options) {
  constexpr std::string_view kTool = "list_messages or list_conversations";
  const auto look = look_options(options);
  if (request.number_id) {
    const auto page = api.list_messages(*request.number_id, {.limit = kRows}, look);
    if (!page) return could_not_look(page.error(), kTool);
    return conclude(match_message(page->data, request, since), "message", kTool);
  }
  // Without a number the agent chose one of its own; the thread with the recipient is found whichever it was.
  const auto threads = api.list_conversations(request.agent_id, {.limit = kRows}, look);
  if (!threads) return could_not_look(threads.error(), kTool);
  const auto thread = std::find_if(threads->data.begin(), threads->data.end(),
                                   [&](const Conversation& row) { return row.participant == request.to_number; });
  if (thread == threads->data.end()) return conclude(std::nullopt, "message", kTool);
  const auto detail = api.get_conversation(thread->id, kRows, look);
  if (!detail) return could_not_look(detail.error(), kTool);
  return conclude(match_message(detail->messages, request, since), "message", kTool);
}

Finding find_placed_call(AgentPhoneApi& api, const PlaceCallRequest& request, system_clock::time_point since,
                         const AgentPhoneApi::Options& options) {
  constexpr std::string_view kTool = "list_calls";
  const auto page = api.list_calls(request.agent_id, {.page = {.limit = kRows}}, look_options(options));
  if (!page) return could_not_look(page.error(), kTool);
  return conclude(match_call(page->data, request, since), "call", kTool);
}

Finding find_bought_number(AgentPhoneApi& api, const BuyNumberRequest& request, system_clock::time_point since,
                           const AgentPhoneApi::Options& options) {
  constexpr std::string_view kTool = "list_numbers";
  const auto page = api.list_numbers({.limit = kRows}, look_options(options));
  if (!page) return could_not_look(page.error(), kTool);
  return conclude(match_number(page->data, request, since), "number", kTool);
}

Finding find_created_agent(AgentPhoneApi& api, const AgentSettings& settings, system_clock::time_point since,
                           const AgentPhoneApi::Options& options) {
  constexpr std::string_view kTool = "list_agents";
  const auto look = look_options(options);
  const auto first = api.list_agents({.limit = kRows}, look);
  if (!first) return could_not_look(first.error(), kTool);
  auto found = match_agent(first->data, settings, since);
  // The order of this list is not documented, so a new agent may stand at its end.
  if (!found && first->has_more && first->total && *first->total > kRows) {
    const auto last = api.list_agents({.limit = kRows, .offset = *first->total - kRows}, look);
    if (!last) return could_not_look(last.error(), kTool);
    found = match_agent(last->data, settings, since);
  }
  return conclude(found, "agent", kTool);
}

Error with_finding(Error error, const Finding& finding) {
  if (!error.message.empty() && error.message.back() != '.') error.message += '.';
  error.message += (error.message.empty() ? "" : " ") + finding.note;
  if (finding.state == Finding::State::kFound) {
    error.next_step = "Go on with " + finding.id + "; nothing needs to be repeated.";
  }
  if (!error.data.is_object()) error.data = Json::object();
  error.data["looked"] = state_name(finding.state);
  if (!finding.id.empty()) error.data["found_id"] = finding.id;
  return error;
}

}  // namespace apmcp::agentphone

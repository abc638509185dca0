#include "webhook/event.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json_parse.h"
#include "base/json_reader.h"

namespace apmcp::webhook {
namespace {

constexpr std::array<std::pair<EventKind, std::string_view>, 5> kKinds{{{EventKind::kMessage, "message"},
                                                                        {EventKind::kVoiceTurn, "voice_turn"},
                                                                        {EventKind::kCallEnded, "call_ended"},
                                                                        {EventKind::kReaction, "reaction"},
                                                                        {EventKind::kOther, "other"}}};

EventKind kind_of(std::string_view name, std::string_view channel) {
  if (name == "agent.message") return channel == "voice" ? EventKind::kVoiceTurn : EventKind::kMessage;
  if (name == "agent.call_ended") return EventKind::kCallEnded;
  if (name == "agent.reaction") return EventKind::kReaction;
  return EventKind::kOther;
}

/// The first of the members that is a string with something in it.
std::string first_of(JsonReader& in, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (auto value = in.opt_str(key); value && !value->empty()) return *std::move(value);
  }
  return {};
}

void read_data(const Json& data, Event& event) {
  JsonReader in(data, "data");
  event.number_id = first_of(in, {"numberId"});
  event.conversation_id = first_of(in, {"conversationId"});
  event.message_id = first_of(in, {"messageId"});
  event.call_id = first_of(in, {"callId"});
  event.from_number = first_of(in, {"from", "fromNumber"});
  event.to_number = first_of(in, {"to", "toNumber"});
  event.direction = first_of(in, {"direction"});
  // In an event of a call that is over, "transcript" is a list, which the reader takes for absent.
  event.text = first_of(in, {"message", "transcript", "summary", "messageBody"});
  event.media_urls = in.strings("mediaUrls");
  event.reaction = first_of(in, {"reactionType"});
  event.status = first_of(in, {"status"});
  event.end_reason = first_of(in, {"disconnectionReason"});
  event.sentiment = first_of(in, {"userSentiment"});
  event.duration_seconds = in.opt_integer("durationSeconds");
}

}  // namespace

std::string_view kind_name(EventKind kind) {
  const auto* const found =
      std::find_if(kKinds.begin(), kKinds.end(), [kind](const auto& row) { return row.first == kind; });
  return found->second;
}

std::optional<EventKind> kind_named(std::string_view name) {
  const auto* const found =
      std::find_if(kKinds.begin(), kKinds.end(), [name](const auto& row) { return row.second == name; });
  return found == kKinds.end() ? std::nullopt : std::optional(found->first);
}

bool Event::is_echo() const {
  return direction == "outbound" && (kind == EventKind::kMessage || kind == EventKind::kReaction);
}

Result<Event> parse_event(std::string_view body) {
  const auto parsed = parse_json(body, upstream_json_limits());
  if (!parsed) return parsed.error();
  if (!parsed->is_object()) return Error{.code = ErrorCode::kParse, .message = "An event is a JSON object."};
  JsonReader in(*parsed, "event");
  Event event;
  event.name = in.opt_str("event").value_or("");
  event.channel = in.opt_str("channel").value_or("");
  event.kind = kind_of(event.name, event.channel);
  event.at = in.opt_str("timestamp").value_or("");
  event.agent_id = in.opt_str("agentId").value_or("");
  if (const Json* data = in.object("data")) read_data(*data, event);
  if (const Json* state = in.object("conversationState")) {
    event.is_test = JsonReader(*state, "conversationState").opt_boolean("testMode").value_or(false);
  }
  return event;
}

}  // namespace apmcp::webhook

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/result.h"

namespace apmcp::webhook {

/// What AgentPhone tells about (vendor guide, "Events").
enum class EventKind {
  kMessage,    ///< "agent.message": a text came in
  kVoiceTurn,  ///< "agent.message" on channel "voice": somebody on the line of a webhook-mode agent waits for an answer
  kCallEnded,  ///< "agent.call_ended"
  kReaction,   ///< "agent.reaction": a tapback
  kOther,      ///< a name that is not known here
};

/// "message", "voice_turn", "call_ended", "reaction", "other".
std::string_view kind_name(EventKind kind);

/// Absent for a name that kind_name() does not give.
std::optional<EventKind> kind_named(std::string_view name);

/// One event as sent. Members that it does not have are empty. What people wrote or said is in `text`.
struct Event {
  EventKind kind = EventKind::kOther;
  std::string name;     ///< "agent.message"
  std::string channel;  ///< "sms", "mms", "imessage", "whatsapp", "voice"
  std::string at;       ///< ISO 8601: when it happened, as AgentPhone says
  std::string agent_id, number_id, conversation_id, message_id, call_id;
  std::string from_number, to_number;
  std::string direction;  ///< "inbound", "outbound"
  std::string text;       ///< the message, the spoken turn, the summary of the call, or what was reacted to
  std::vector<std::string> media_urls;
  std::string reaction;                          ///< "love"
  std::string status, end_reason, sentiment;     ///< of a call
  std::optional<std::int64_t> duration_seconds;  ///< of a call
  bool is_test = false;                          ///< made up by "test webhook"

  /// What this server itself sent, told back. A call's direction is who placed it, so calls are never echoes.
  [[nodiscard]] bool is_echo() const;
};

/// Reads the body of a delivery. Error{kParse} for what is not a JSON object within the limits for upstream texts.
Result<Event> parse_event(std::string_view body);

}  // namespace apmcp::webhook

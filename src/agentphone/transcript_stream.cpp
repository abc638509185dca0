#include "agentphone/transcript_stream.h"

#include "base/json_parse.h"
#include "base/json_reader.h"

namespace apmcp::agentphone {
namespace {

std::string said(JsonReader& in, std::string_view field) {
  return in.opt_str(field).value_or("");
}

CallConnected read_connected(JsonReader& in) {
  return {.status = said(in, "status"),
          .direction = said(in, "direction"),
          .from_number = said(in, "fromNumber"),
          .to_number = said(in, "toNumber"),
          .started_at = said(in, "startedAt")};
}

SpokenTurn read_turn(JsonReader& in) {
  return {.by_agent = in.str("role") == "agent", .content = in.str("content"), .created_at = said(in, "createdAt")};
}

CallEnded read_ended(JsonReader& in) {
  return {.status = said(in, "status"),
          .ended_at = said(in, "endedAt"),
          .duration_seconds = in.opt_integer("durationSeconds")};
}

}  // namespace

std::optional<TranscriptEvent> read_transcript_event(const StreamEvent& event) {
  const auto json = parse_json(event.data, upstream_json_limits());
  const bool is_object = json && json->is_object();
  // An end is an end, whatever it says about itself.
  if (event.name == "ended" && !is_object) return CallEnded{};
  if (!is_object) return std::nullopt;
  JsonReader in(*json, "event");
  std::optional<TranscriptEvent> read;
  if (event.name == "connected") read = read_connected(in);
  if (event.name == "turn") read = read_turn(in);
  if (event.name == "ended") read = read_ended(in);
  return in.failed() ? std::nullopt : read;
}

}  // namespace apmcp::agentphone

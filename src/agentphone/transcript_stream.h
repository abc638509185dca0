#pragma once

#include <functional>
#include <optional>
#include <variant>

#include "agentphone/event_stream.h"
#include "agentphone/models.h"

// The events of GET /v1/calls/{id}/transcript/stream: `connected`, the turns so far, live turns, `ended`, and the end.
namespace apmcp::agentphone {

struct CallConnected {
  std::string status, direction, from_number, to_number, started_at;  ///< empty where the service said nothing
};

struct CallEnded {
  std::string status, ended_at;
  std::optional<std::int64_t> duration_seconds;
};

using TranscriptEvent = std::variant<CallConnected, SpokenTurn, CallEnded>;

/// nullopt for an event that is none of ours, or not as it should be.
std::optional<TranscriptEvent> read_transcript_event(const StreamEvent& event);

/// Takes the next event; false: that is enough.
using OnTranscriptEvent = std::function<bool(const TranscriptEvent& event)>;

}  // namespace apmcp::agentphone

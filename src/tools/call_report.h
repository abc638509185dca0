#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone/models.h"
#include "agentphone_mcp/tool.h"

// What a call looks like in results, while it is live and when it is over.
namespace apmcp::tools {

/// A call as far as it is known, and how the look at it ended.
struct CallView {
  agentphone::Call call;                      ///< as last read; at least its id
  std::vector<agentphone::SpokenTurn> turns;  ///< what was said so far, in order
  std::string remark;                         ///< why the look ended early; empty when it did not
  bool was_waited = false;                    ///< somebody watched it rather than looking once
};

/// The error with the call's id in its message and as data.call_id: whatever happens, the call can be found again.
Error about_call(const std::string& call_id, Error error);

/// The rows of a call as single sentences, in order.
std::vector<agentphone::SpokenTurn> spoken_turns(const std::vector<agentphone::TranscriptTurn>& rows);

/// Sentences as results have them: {"speaker": "them"|"agent", "text", "at"}.
Json turn_rows(const std::vector<agentphone::SpokenTurn>& turns);

/// Who is at the other end, for people: the number, as upstream spells it, or "them".
std::string far_end(const agentphone::Call& call);

/// "completed", "voicemail", "no_answer", "busy", "failed" or "screened"; nullopt while the call is live.
std::optional<std::string_view> outcome_of(const agentphone::Call& call,
                                           const std::vector<agentphone::SpokenTurn>& turns);

/// Adds what poll_call's output schema has to `out`, next_step included, and gives the same as text.
std::string report_call(const CallView& view, Json& out);

}  // namespace apmcp::tools

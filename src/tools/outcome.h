#pragma once

#include <string_view>
#include <utility>

#include "agentphone/reconcile.h"
#include "tools/tool_call.h"

namespace apmcp::tools {

/// Puts an unknown outcome of `tool` into plain words: what may have happened, that it must not be repeated blindly,
/// and which tool shows what did happen. Keeps error.data and adds {"outcome": "unknown", "safe_to_retry",
/// "check_with"}.
Error explain_unknown_outcome(std::string_view tool, Error error);

/// Looks by reading whether a write happened after all, when its outcome is unknown; any other error stays as it is.
/// `since` is the moment before the attempt.
template <typename Request>
Error look_up(std::string_view tool, Error error, const Request& request,
              agentphone::Finding (*find)(agentphone::AgentPhoneApi&, const Request&, Clock::TimePoint,
                                          const agentphone::AgentPhoneApi::Options&),
              Clock::TimePoint since, const ToolCall& call) {
  if (error.code != ErrorCode::kOutcomeUnknown) return error;
  return agentphone::with_finding(explain_unknown_outcome(tool, std::move(error)),
                                  find(call.api(), request, since, call.options));
}

}  // namespace apmcp::tools

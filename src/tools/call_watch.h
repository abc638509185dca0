#pragma once

#include <chrono>
#include <string>

#include "tools/call_report.h"
#include "tools/tool_call.h"

namespace apmcp::tools {

/// A client that shows no progress gets its answer within this time: many cut off what takes a minute.
inline constexpr std::chrono::seconds kLongestSilentWait{45};

/// Watches a call until it is over, `wait` is up (at most kLongestSilentWait without a progress token) or the caller
/// gives up, and says how it stands then. Every sentence is one progress notification, in order, and every sentence and
/// change of status is published as a change of the call's resources.
///
/// Follows the live transcript; where there is none it asks again and again, by long polls if the service holds them.
/// Never hangs up. Lends its worker's place while it waits. An error only when nothing could be learnt about the call;
/// it names the call in message and data.call_id.
Result<CallView> watch_call(const std::string& call_id, std::chrono::seconds wait, ToolCall& call);

}  // namespace apmcp::tools

#pragma once

#include <chrono>
#include <string>

#include "tools/call_report.h"
#include "tools/tool_call.h"

namespace apmcp::tools {

/// A client that shows no progress gets its answer within this time from the start of the tool, whatever was done
/// before the watch: many cut off what takes a minute.
inline constexpr std::chrono::seconds kLongestSilentWait{45};

/// Watches a call of which at least the id is known until it is over, `wait` is up (kLongestSilentWait without a
/// progress token, outside of tasks) or the caller gives up, and says how it stands then. Every sentence is one
/// progress notification, in order, and every sentence and change of status is published as a change of the call's
/// resources, unless the call was over before.
///
/// Follows the live transcript; where there is none it asks again and again, by long polls if the service holds them.
/// Never hangs up. Lends its worker's place while it waits. An error only when nothing could be learnt about the call,
/// or the key is refused; see about_call().
Result<CallView> watch_call(const agentphone::Call& known, std::chrono::seconds wait, ToolCall& call);

}  // namespace apmcp::tools

#pragma once

#include "tools/bind.h"

namespace apmcp::tools {

/// Watches a call until it is over, as the task of place_call: what is said becomes progress, and the end is
/// report_call() with what `state` tells of its beginning. `state` holds call_id, and hang_up_on_cancel when the call
/// is to end with the task. kCancelled when it was stopped; the call itself goes on then unless the client cancelled
/// and had asked for that.
Result<ToolOutput> follow_call(const Json& state, ToolCall& call);

}  // namespace apmcp::tools

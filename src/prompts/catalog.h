#pragma once

#include <vector>

#include "agentphone_mcp/prompt.h"
#include "tools/tool_call.h"

namespace apmcp::prompts {

/// All prompts, sorted by name. `services` must outlive them; only completion of ids uses it. A fault in a definition
/// is a bug: throws std::invalid_argument when it completes from a family of ids that there is not.
std::vector<mcp::Prompt> make_prompts(tools::ToolServices& services);

}  // namespace apmcp::prompts

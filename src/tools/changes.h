#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/result.h"

namespace apmcp::tools {

/// The resources that a call of `tool` has changed, from the one table of what each tool changes. Ids come from the
/// structured answer (null when the outcome is not known) and from the arguments; a resource whose id nobody knows is
/// left out. Empty for tools that only read.
std::vector<std::string> changed_resources(std::string_view tool, const Json& arguments, const Json& structured);

}  // namespace apmcp::tools

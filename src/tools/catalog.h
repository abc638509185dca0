#pragma once

#include <span>
#include <vector>

#include "mcp/tool_registry.h"
#include "tools/bind.h"

namespace apmcp::tools {

/// All tools, sorted by name. `services` must outlive the handlers. kInternal when a definition has no function or a
/// function no definition: then the program does not start.
Result<std::vector<mcp::Tool>> make_tools(ToolServices& services);

/// The same check over any two lists, so that a test can show that it fails.
Status check_catalog(std::span<const mcp::ToolDefinition> definitions, std::span<const Binding> bindings);

/// Every binding there is, in no particular order.
std::vector<Binding> all_bindings();

}  // namespace apmcp::tools

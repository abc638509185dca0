#pragma once

#include <vector>

#include "tools/bind.h"

namespace apmcp::tools {

/// A definition with the function that serves it, as the registry of mcp takes them.
struct Tool {
  mcp::ToolDefinition definition;
  mcp::ToolHandler handler;
};

/// All tools, sorted by name. `services` must outlive the handlers. kInternal when a definition has no function or a
/// function no definition: then the program does not start.
Result<std::vector<Tool>> make_tools(ToolServices& services);

/// The same check over any two lists, so that a test can show that it fails.
Status check_catalog(std::span<const mcp::ToolDefinition> definitions, std::span<const Binding> bindings);

/// Every binding there is, in no particular order.
std::vector<Binding> all_bindings();

}  // namespace apmcp::tools

#pragma once

#include <span>

#include "agentphone_mcp/tool.h"

namespace apmcp::tools {

/// The tool definitions of schemas/tools, embedded at build time, sorted by name.
std::span<const mcp::ToolDefinition> definitions();

}  // namespace apmcp::tools

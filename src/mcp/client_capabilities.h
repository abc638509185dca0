#pragma once

#include <string_view>

#include "agentphone_mcp/tool.h"

namespace apmcp::mcp {

/// The extension that lets a tools/call go on as a task (2026-07-28).
inline constexpr std::string_view kTasksExtension = "io.modelcontextprotocol/tasks";

/// The part of `required`, a ClientCapabilities object, that `declared` does not hold; an empty object when all is
/// there. An elicitation capability without modes means forms (2025-11-25, "Elicitation", "Capabilities").
Json missing_capabilities(const Json& declared, const Json& required);

/// {"extensions": {name: {}}}
Json extension_capability(std::string_view name);

/// kMissingCapability with data {"requiredCapabilities": missing}, worded for a model.
Error missing_capability(Json missing);

}  // namespace apmcp::mcp

#pragma once

#include <string_view>

#include "agentphone_mcp/result.h"

namespace apmcp::tools {

/// Puts an unknown outcome of `tool` into plain words: what may have happened, that it must not be repeated blindly,
/// and which tool shows what did happen. Keeps error.data and adds {"outcome": "unknown", "safe_to_retry",
/// "check_with"}.
Error explain_unknown_outcome(std::string_view tool, Error error);

}  // namespace apmcp::tools

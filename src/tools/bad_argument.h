#pragma once

#include <string>
#include <string_view>

#include "agentphone_mcp/result.h"

namespace apmcp::tools {

/// For an argument that fits the schema and is wrong all the same: which, and what was expected, best with an example.
/// The message is "`field` must be `expected`." unless another one says more.
Error bad_argument(std::string_view field, std::string_view expected, std::string_view next_step,
                   std::string message = {});

}  // namespace apmcp::tools

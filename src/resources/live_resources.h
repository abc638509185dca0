#pragma once

#include <string>

#include "resources/families.h"
#include "resources/followed_resources.h"

namespace apmcp::resources {

/// What changes by itself and how to look at it: by reading it as its followers would. `services` outlives the result.
LiveSource live_source(tools::ToolServices& services);

/// What of the contents makes two looks equal.
std::string state_of(const Json& contents);

}  // namespace apmcp::resources

#pragma once

#include <string>

#include "agentphone_mcp/result.h"
#include "base/secret.h"

namespace apmcp::app {

/// The secret in the private file at `path`. A missing file is made with 32 random bytes in hex; processes that start
/// at the same time get the same secret. With `is_own_directory` its directory is made too, and closed to others.
/// Errors as for platform::read_private_file(), and what keeps the file from being made.
Result<Secret> load_or_make_secret(const std::string& path, bool is_own_directory = false);

}  // namespace apmcp::app

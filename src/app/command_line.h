#pragma once

#include <variant>

#include "agentphone_mcp/config.h"

namespace apmcp::app {

/// The configuration, or the exit code when there is nothing to run: --help and --version print to stdout, mistakes
/// print one line to stderr.
std::variant<Config, int> parse_command_line(int argc, const char* const* argv);

}  // namespace apmcp::app

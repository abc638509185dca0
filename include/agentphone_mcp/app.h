#pragma once

#include "agentphone_mcp/config.h"

namespace apmcp {

/// Exit codes of the program (sysexits.h names where there is one).
namespace exit_code {
inline constexpr int kOk = 0;
inline constexpr int kUsage = 64;         ///< wrong flags
inline constexpr int kUnavailable = 69;   ///< a port is taken, or a descriptor cannot be had
inline constexpr int kSoftware = 70;      ///< our own fault
inline constexpr int kCannotCreate = 73;  ///< a file that was asked for cannot be written
inline constexpr int kConfig = 78;        ///< a host that is not allowed, an unsafe key file
}  // namespace exit_code

/// Runs the server until the end of input or a stop signal, and returns the exit code. Blocks. Takes over stdin, stdout
/// and the handlers of SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGPIPE and SIGXFSZ, so one per process. Errors are one line
/// on stderr.
int run(const Config& config);

}  // namespace apmcp

#pragma once

#include <chrono>

#include "base/executor.h"
#include "mcp/server.h"
#include "platform/stdio_channel.h"
#include "platform/stop_signal.h"

namespace apmcp::transport {

/// One MCP connection over stdin and stdout: a message a line (all revisions, "stdio").
class StdioTransport {
 public:
  struct Options {
    /// How long running requests may go on after the end of input; those that only read or wait a second at most.
    std::chrono::milliseconds grace{5000};
  };

  StdioTransport(const platform::StdioChannel& channel, platform::StopSignal& stop, Options options);

  /// Serves on the calling thread until the end of input, a stop signal, or the reader of stdout is gone; then lets
  /// running requests finish within their grace and returns. False when a request would not end: its thread still
  /// uses `server`, so the process has to end without destroying anything.
  [[nodiscard]] bool serve(const mcp::McpServer& server, Executor& executor);

 private:
  const platform::StdioChannel& channel_;
  platform::StopSignal& stop_;
  const Options options_;
};

}  // namespace apmcp::transport

#pragma once

#include <atomic>

namespace apmcp::platform {

/// SIGTERM and SIGINT as a readable file descriptor, so that whoever waits for input also waits for the end. The second
/// signal ends the process at once. SIGPIPE is ignored from install() on. One per process; request() is thread-safe.
class StopSignal {
 public:
  /// Installs the handlers; call first thing in main, before any thread is started.
  static StopSignal& install();

  /// Readable once a stop was requested; never read from it.
  [[nodiscard]] int fd() const;

  [[nodiscard]] bool is_requested() const;

  /// Asks for a stop, as a first signal would; the first signal after it does not end the process yet, because clients
  /// close their end of stdin and send one a moment later.
  void request();

  /// Blocks until a stop is requested.
  void wait() const;

 private:
  StopSignal() = default;
};

/// From here on SIGHUP ends nothing and is counted: it tells a program to open its log file again. Call before any
/// thread is started.
const std::atomic<unsigned>& count_hangups();

}  // namespace apmcp::platform

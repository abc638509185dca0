#pragma once

#include <atomic>

namespace apmcp::platform {

/// SIGTERM, SIGINT and SIGHUP as a readable file descriptor, so that a thread can wait for input and for the end at the
/// same time. The second SIGTERM or SIGINT ends the process at once; a SIGHUP only asks, because closing terminals send
/// it more than once. A SIGHUP that was ignored when the program started (nohup) stays ignored. SIGPIPE and SIGXFSZ are
/// ignored from install() on: a write that cannot be done is an error and not the end of the process. One per process;
/// request() is thread-safe.
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

/// How often a signal asked for the log file to be opened again: SIGUSR1, which does nothing else (log rotation), and
/// SIGHUP before it stops the program. Counts from StopSignal::install() on.
const std::atomic<unsigned>& log_reopenings();

}  // namespace apmcp::platform

#include "platform/stop_signal.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace apmcp::platform {
namespace {

// Written by a signal handler, hence plain globals of signal-safe types.
std::array<int, 2> stop_pipe{-1, -1};
volatile std::sig_atomic_t stop_count = 0;
std::atomic<unsigned> reopenings{0};
static_assert(std::atomic<unsigned>::is_always_lock_free);

void put_byte() {
  const char byte = 1;
  static_cast<void>(!::write(stop_pipe[1], &byte, 1));
}

void on_signal(int number) {
  const int saved = errno;
  if (number == SIGHUP) {
    ++reopenings;  // A terminal that closes sends it more than once, and a service manager beside SIGTERM.
  } else if (stop_count != 0) {
    ::_exit(128 + number);
  } else {
    stop_count = 1;
  }
  put_byte();
  errno = saved;
}

void on_reopen(int /*number*/) {
  ++reopenings;
}

void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action {};

  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

bool is_ignored(int number) {
  struct sigaction action {};

  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

StopSignal& StopSignal::install() {
  static StopSignal instance;
  if (stop_pipe[0] < 0 && ::pipe(stop_pipe.data()) == 0) {
    for (const int fd : stop_pipe) {
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
      ::fcntl(fd, F_SETFL, O_NONBLOCK);
    }
    handle(SIGTERM, on_signal, 0);
    handle(SIGINT, on_signal, 0);
    if (!is_ignored(SIGHUP)) handle(SIGHUP, on_signal, 0);
    handle(SIGUSR1, on_reopen, SA_RESTART);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
  }
  return instance;
}

int StopSignal::fd() const {
  return stop_pipe[0];
}

bool StopSignal::is_requested() const {
  pollfd entry{stop_pipe[0], POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

void StopSignal::request() {
  put_byte();
}

void StopSignal::wait() const {
  pollfd entry{stop_pipe[0], POLLIN, 0};
  while (::poll(&entry, 1, -1) < 0 && errno == EINTR) {
  }
}

const std::atomic<unsigned>& log_reopenings() {
  return reopenings;
}

}  // namespace apmcp::platform

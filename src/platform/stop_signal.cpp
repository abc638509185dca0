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
std::atomic<unsigned> hangups{0};
static_assert(std::atomic<unsigned>::is_always_lock_free);

void put_byte() {
  const char byte = 1;
  static_cast<void>(!::write(stop_pipe[1], &byte, 1));
}

void on_signal(int number) {
  if (stop_count != 0) ::_exit(128 + number);
  stop_count = 1;
  const int saved = errno;
  put_byte();
  errno = saved;
}

void on_hangup(int /*number*/) {
  ++hangups;
}

}  // namespace

StopSignal& StopSignal::install() {
  static StopSignal instance;
  if (stop_pipe[0] < 0 && ::pipe(stop_pipe.data()) == 0) {
    for (const int fd : stop_pipe) {
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
      ::fcntl(fd, F_SETFL, O_NONBLOCK);
    }

    struct sigaction action {};

    action.sa_handler = on_signal;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
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

const std::atomic<unsigned>& count_hangups() {
  struct sigaction action {};

  action.sa_handler = on_hangup;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGHUP, &action, nullptr);
  return hangups;
}

}  // namespace apmcp::platform

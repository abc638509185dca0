#include "platform/wake_event.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

namespace apmcp::platform {
namespace {

#ifndef __linux__
bool make_private(int fd) {
  return ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}
#endif

}  // namespace

WakeEvent::WakeEvent() {
#ifdef __linux__
  read_end_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
#else
  std::array<int, 2> ends{-1, -1};
  if (::pipe(ends.data()) != 0) return;
  read_end_.reset(ends[0]);
  write_end_.reset(ends[1]);
  if (!make_private(ends[0]) || !make_private(ends[1])) read_end_.reset();
#endif
}

bool WakeEvent::is_signalled() const {
  pollfd entry{.fd = read_end_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) > 0;
}

void WakeEvent::signal() noexcept {
  // eventfd wants eight bytes; a pipe takes any number. When there is no room it is readable already.
  const std::uint64_t one = 1;
  const int target = write_end_.is_open() ? write_end_.get() : read_end_.get();
  ssize_t written = 0;
  do {
    written = ::write(target, &one, sizeof one);
  } while (written < 0 && errno == EINTR);
}

void WakeEvent::clear() noexcept {
  // An eventfd is empty after one read, a pipe when a read finds nothing.
  std::array<char, 64> bytes{};
  ssize_t taken = 0;
  do {
    taken = ::read(read_end_.get(), bytes.data(), bytes.size());
  } while (taken > 0 || (taken < 0 && errno == EINTR));
}

}  // namespace apmcp::platform

#include "platform/stdio_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "platform/stop_signal.h"

namespace apmcp::platform {

std::optional<StdioChannel> StdioChannel::take_over() {
  const int out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (out < 0) return std::nullopt;
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    ::close(out);
    return std::nullopt;
  }
  return StdioChannel(out);
}

StdioChannel::StdioChannel(StdioChannel&& other) noexcept : out_(std::exchange(other.out_, -1)) {}

StdioChannel::~StdioChannel() {
  if (out_ >= 0) ::close(out_);
}

std::size_t StdioChannel::read(std::span<char> buffer, const StopSignal& stop) const {
  for (;;) {
    std::array<pollfd, 2> entries{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{stop.fd(), POLLIN, 0}};
    if (::poll(entries.data(), entries.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return 0;
    }
    if (entries[1].revents != 0) return 0;
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0 || (errno != EINTR && errno != EAGAIN)) return 0;
  }
}

bool StdioChannel::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t count = ::write(out_, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      // The client made the pipe non-blocking: wait until it takes more.
      pollfd entry{out_, POLLOUT, 0};
      if (::poll(&entry, 1, -1) < 0 && errno != EINTR) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace apmcp::platform

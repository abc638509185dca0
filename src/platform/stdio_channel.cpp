#include "platform/stdio_channel.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "platform/stop_signal.h"

namespace apmcp::platform {
namespace {

#ifdef POLLRDHUP
constexpr short kHangUp = POLLRDHUP;  // a socket whose other side only stopped sending
#else
constexpr short kHangUp = 0;  // POLLHUP is always told
#endif

bool has_hung_up(int fd) {
  pollfd entry{fd, kHangUp, 0};
  return ::poll(&entry, 1, 0) == 1;
}

}  // namespace

std::optional<StdioChannel> StdioChannel::take_over() {
  const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return std::nullopt;
  const int out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (out < 0) return std::nullopt;
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    ::close(out);
    return std::nullopt;
  }

  // A reader that stops reading must not keep us from ending. Only pipes and sockets are made non-blocking: a terminal
  // is shared with the shell, and a file never waits.
  struct stat kind {};

  if (::fstat(out, &kind) == 0 && (S_ISFIFO(kind.st_mode) || S_ISSOCK(kind.st_mode))) {
    ::fcntl(out, F_SETFL, flags | O_NONBLOCK);
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

bool StdioChannel::wait_for_room(const StopSignal& stop) const {
  constexpr int kRestMillis = 2000;
  // The reader of stdin may be the very thread that waits here, so the end of input is looked for as well.
  const bool is_ending = stop.is_requested() || has_hung_up(STDIN_FILENO);
  std::array<pollfd, 3> entries{pollfd{out_, POLLOUT, 0}, pollfd{is_ending ? -1 : stop.fd(), POLLIN, 0},
                                pollfd{is_ending ? -1 : STDIN_FILENO, kHangUp, 0}};
  const int ready = ::poll(entries.data(), entries.size(), is_ending ? kRestMillis : -1);
  if (ready < 0) return errno == EINTR;
  return ready > 0;  // room, an error that write() will tell, or the end: then the next wait is the last
}

bool StdioChannel::write(std::string_view text, const StopSignal& stop) const {
  while (!text.empty()) {
    const ssize_t count = ::write(out_, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      if (!wait_for_room(stop)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace apmcp::platform

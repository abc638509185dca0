#include "listener/peer_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <tuple>

#include <climits>
#ifdef __linux__
#include <linux/sockios.h>
#endif

namespace apmcp::listener {
namespace {

using std::chrono::milliseconds;

/// A page: each open connection has one of these in its past, and the allocator keeps it.
constexpr std::size_t kReceiveSize = std::size_t{4} << 10;
/// How precisely the limit of a stalled reader is kept.
constexpr int kLooksPerStall = 20;
constexpr milliseconds kLingerLimit = std::chrono::seconds{1};
/// How much a refused peer may go on sending before it is cut.
constexpr std::size_t kLingerBytes = std::size_t{16} << 20;  // more than the socket buffers of both sides hold

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;  // SO_NOSIGPIPE is set on the socket instead
#endif

/// That the peer has shut down its sending side. Not POLLIN: bytes of a next request may lie there for as long as this
/// one takes, and would end every wait at once. POLLHUP and POLLERR, after a reset, come unasked.
#ifdef POLLRDHUP
constexpr short kHalfClosedEvents = POLLRDHUP;
#else
constexpr short kHalfClosedEvents = 0;
#endif

/// Bytes that the kernel holds for the peer. 0 where the system does not say.
int unacknowledged(int fd) {
  int bytes = 0;
#ifdef SIOCOUTQ
  if (::ioctl(fd, SIOCOUTQ, &bytes) != 0) bytes = 0;
#elif defined(SO_NWRITE)
  socklen_t size = sizeof bytes;
  if (::getsockopt(fd, SOL_SOCKET, SO_NWRITE, &bytes, &size) != 0) bytes = 0;
#endif
  return bytes;
}

pollfd readable(const platform::WakeEvent& event) {
  return {.fd = event.descriptor(), .events = POLLIN, .revents = 0};
}

/// Rounded up, so that a deadline has passed when poll() says so.
int poll_timeout(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<milliseconds::rep>(left, 0, INT_MAX));
}

/// poll() to the end of its time, whatever signals come. False at the deadline.
template <std::size_t kCount>
bool poll_until(std::array<pollfd, kCount>& entries, Clock::time_point deadline) {
  for (;;) {
    const int ready = ::poll(entries.data(), entries.size(), poll_timeout(deadline));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

using Parts = std::array<std::string_view, 3>;

ssize_t send_some(int fd, const Parts& parts) {
  std::array<iovec, std::tuple_size_v<Parts>> pieces{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    // sendmsg() reads what it is given, though its interface says otherwise.
    pieces.at(i) = {.iov_base = const_cast<char*>(parts.at(i).data()), .iov_len = parts.at(i).size()};
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(fd, &message, kSendFlags);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

std::size_t size_of(const Parts& parts) {
  return parts[0].size() + parts[1].size() + parts[2].size();
}

void remove_prefix(Parts& parts, std::size_t count) {
  for (std::string_view& part : parts) {
    const std::size_t taken = std::min(count, part.size());
    part.remove_prefix(taken);
    count -= taken;
  }
}

}  // namespace

PeerSocket::Received PeerSocket::receive(std::string& buffer, Clock::time_point deadline) {
  for (;;) {
    // A peer that never pauses would otherwise always be ready, and never late.
    if (Clock::now() >= deadline) return Received::kTimeout;
    std::array<pollfd, 2> entries{pollfd{.fd = fd_.get(), .events = POLLIN, .revents = 0}, readable(events_.stop)};
    if (!poll_until(entries, deadline)) return Received::kTimeout;
    if (entries[1].revents != 0) return Received::kStopping;
    buffer.resize(kReceiveSize);
    const ssize_t received = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    buffer.resize(received > 0 ? static_cast<std::size_t>(received) : 0);
    if (received > 0) return Received::kBytes;
    const bool is_early = received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    if (!is_early) return Received::kEnd;
  }
}

bool PeerSocket::send(std::string_view bytes, std::string_view more, std::string_view last) {
  Parts parts{bytes, more, last};
  bool has_stalled = false;
  std::size_t left = size_of(parts);
  while (left > 0) {
    const ssize_t sent = send_some(fd_.get(), parts);
    if (sent > 0) {
      remove_prefix(parts, static_cast<std::size_t>(sent));
      left -= static_cast<std::size_t>(sent);
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) break;
    has_stalled = true;
    place_.set_unsent(left);
    if (!wait_for_room()) break;
  }
  if (has_stalled) place_.set_unsent(0);
  return left == 0;
}

/// The kernel reports room only once a good part of its buffer is free, which a slow reader may need a while for: what
/// the reader has acknowledged meanwhile counts as well.
bool PeerSocket::wait_for_room() {
  const milliseconds interval = std::max(stall_limit_ / kLooksPerStall, milliseconds{1});
  std::array<pollfd, 2> entries{pollfd{.fd = fd_.get(), .events = POLLOUT, .revents = 0}, readable(events_.cut)};
  auto stalled = Clock::now();
  for (int queued = unacknowledged(fd_.get());;) {
    const auto now = Clock::now();
    if (now - stalled >= stall_limit_) return false;
    if (poll_until(entries, now + interval)) return entries[1].revents == 0;
    const int still_queued = unacknowledged(fd_.get());
    if (still_queued < queued) {
      stalled = Clock::now();
      place_.restart();
    }
    queued = still_queued;
  }
}

void PeerSocket::send_at_once(std::string_view bytes) {
  static_cast<void>(send_some(fd_.get(), {bytes}));
  // What has come already is taken in, see close_after_answer().
  std::array<char, kReceiveSize> unread{};
  static_cast<void>(::recv(fd_.get(), unread.data(), unread.size(), 0));
}

Peer::Event PeerSocket::wait(const platform::WakeEvent& wake, milliseconds limit, std::string_view& ahead) {
  const auto deadline = Clock::now() + limit;
  for (;;) {
    const short peer_events = is_half_closed_ ? short{0} : kHalfClosedEvents;
    std::array<pollfd, 3> entries{readable(wake), pollfd{.fd = fd_.get(), .events = peer_events, .revents = 0},
                                  readable(events_.stop)};
    if (!poll_until(entries, deadline)) return Peer::Event::kTimeout;
    if (entries[0].revents != 0) return Peer::Event::kWoken;
    if ((entries[1].revents & ~kHalfClosedEvents) != 0) return Peer::Event::kGone;
    if (entries[1].revents == 0) return Peer::Event::kStopping;
    is_half_closed_ = true;
    if (!send_ahead(ahead)) return Peer::Event::kGone;
  }
}

bool PeerSocket::send_ahead(std::string_view& ahead) {
  const ssize_t sent = send_some(fd_.get(), {ahead});
  if (sent > 0) ahead.remove_prefix(static_cast<std::size_t>(sent));
  return sent >= 0 || errno == EAGAIN || errno == EWOULDBLOCK;
}

void PeerSocket::close_after_answer() {
  ::shutdown(fd_.get(), SHUT_WR);
  const auto deadline = Clock::now() + kLingerLimit;
  std::string unread;
  for (std::size_t bytes = 0; bytes < kLingerBytes; bytes += unread.size()) {
    if (receive(unread, deadline) != Received::kBytes) return;
  }
}

}  // namespace apmcp::listener

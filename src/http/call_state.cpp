#include "http/call_state.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <poll.h>

namespace apmcp::http {

int poll_timeout(CallState::Clock::time_point when) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - CallState::Clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, std::numeric_limits<int>::max()));
}

bool wait_for(CallState& call, int fd, short events) {
  // poll(2) passes over a negative descriptor.
  const int wake = call.is_write && call.bytes_sent > 0 ? -1 : call.wake->descriptor();
  std::array<pollfd, 2> watched{
      {{.fd = wake, .events = POLLIN, .revents = 0}, {.fd = fd, .events = events, .revents = 0}}};
  for (;;) {
    const int timeout = poll_timeout(std::min(call.deadline, call.quiet_until));
    const int ready = ::poll(watched.data(), watched.size(), timeout);
    if (ready < 0 && errno != EINTR) {
      call.fail(Fault::kLocal, "poll failed");
      return false;
    }
    if (ready > 0 && watched[0].revents != 0) {
      call.fail(Fault::kStopped, "cancelled");
      return false;
    }
    // Also when something is ready: a peer that drips must not get past the deadline.
    if (timeout == 0) {
      if (call.quiet_until < call.deadline) {
        call.fail(Fault::kBroken, "the stream fell silent");
      } else {
        call.fail(Fault::kDeadline, "no whole answer in time");
      }
      return false;
    }
    if (ready > 0) return true;
  }
}

}  // namespace apmcp::http

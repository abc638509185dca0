#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "listener/http_listener.h"
#include "platform/unique_fd.h"
#include "platform/wake_event.h"

namespace apmcp::listener {

using Clock = std::chrono::steady_clock;

/// What every answer begins with.
inline constexpr std::string_view kStatusLineStart = "HTTP/1.1 ";

/// What ends a wait from outside, for all connections of one listener. Outlives them.
struct ListenerEvents {
  platform::WakeEvent stop;  ///< nothing new is read; answers that are on their way may finish
  platform::WakeEvent cut;   ///< nor does anybody wait for a slow reader any more
};

/// The socket of one connection: every wait has a deadline and ends with the listener. Used by the connection's thread
/// alone.
class PeerSocket {
 public:
  enum class Received { kBytes, kEnd, kStopping, kTimeout };

  /// `fd` must be non-blocking.
  PeerSocket(platform::UniqueFd fd, const ListenerEvents& events) : fd_(std::move(fd)), events_(events) {}

  /// Waits for bytes and replaces `buffer` by them, 4 KiB at most. kEnd is also what an error of the connection is.
  Received receive(std::string& buffer, Clock::time_point deadline);

  /// Sends all three, one after the other and in one write where there is room, or false: the peer is gone, or has not
  /// taken it all within 5 seconds.
  bool send(std::string_view bytes, std::string_view more = {}, std::string_view last = {});

  /// Sends what fits without waiting. For the thread that accepts.
  void send_at_once(std::string_view bytes);

  /// As Peer::wait. A peer that closed only its sending side counts as gone.
  Peer::Event wait(const platform::WakeEvent& wake, std::chrono::milliseconds limit);

  /// Ends the connection so that the peer can read the answer although it has not stopped sending: closing with unread
  /// input would reset the connection, and the answer with it (RFC 9112, section 9.6). Waits 1 second at most.
  void close_after_answer();

 private:
  bool wait_for_room(Clock::time_point deadline);

  platform::UniqueFd fd_;
  const ListenerEvents& events_;
};

}  // namespace apmcp::listener

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "listener/connection_table.h"
#include "listener/http_listener.h"
#include "platform/unique_fd.h"
#include "platform/wake_event.h"

namespace apmcp::listener {

/// What every answer begins with.
inline constexpr std::string_view kStatusLineStart = "HTTP/1.1 ";

/// What ends a wait from outside, for all connections of one listener. Outlives them.
struct ListenerEvents {
  std::atomic<bool> is_stopping{false};  ///< set before `stop`, for a look that costs no system call
  platform::WakeEvent stop;              ///< nothing new is read; answers that are on their way may finish
  platform::WakeEvent cut;               ///< slow readers are not waited for any more
};

/// The socket of one connection: every wait has a deadline and ends with the listener. Used by the connection's thread
/// alone.
class PeerSocket {
 public:
  enum class Received { kBytes, kEnd, kStopping, kTimeout };

  /// `fd` must be non-blocking. `stall_limit`: see ListenerOptions. The others outlive the socket.
  PeerSocket(platform::UniqueFd fd, const ListenerEvents& events, ConnectionTable& table,
             std::chrono::milliseconds stall_limit)
      : fd_(std::move(fd)), events_(events), stall_limit_(stall_limit), place_(table, fd_.get()) {}

  /// Waits for bytes and replaces `buffer` by them, 4 KiB at most. kEnd is also what an error of the connection is.
  Received receive(std::string& buffer, Clock::time_point deadline);

  /// Sends all three, one after the other and in one write where there is room. Blocks while the peer makes progress.
  /// False: the peer is gone, has taken nothing for the stall limit, or was evicted.
  bool send(std::string_view bytes, std::string_view more = {}, std::string_view last = {});

  /// Sends what fits without waiting. For the thread that accepts.
  void send_at_once(std::string_view bytes);

  /// As Peer::wait. `ahead` is what may be sent ahead to a peer that has shut down its sending side, because the answer
  /// goes on with it in any case; what was sent is removed from it.
  Peer::Event wait(const platform::WakeEvent& wake, std::chrono::milliseconds limit, std::string_view& ahead);

  /// Ends the connection so that the peer can read the answer although it has not stopped sending: closing with unread
  /// input would reset the connection, and the answer with it (RFC 9112, section 9.6). Waits 1 second at most.
  void close_after_answer();

  /// What the listener knows of this connection.
  ConnectionTable::Place& place() { return place_; }

 private:
  bool wait_for_room();
  bool send_ahead(std::string_view& ahead);

  platform::UniqueFd fd_;
  const ListenerEvents& events_;
  const std::chrono::milliseconds stall_limit_;
  bool is_half_closed_ = false;   ///< the peer will send nothing more
  ConnectionTable::Place place_;  ///< last: gone before the descriptor is
};

}  // namespace apmcp::listener

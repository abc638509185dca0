#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agentphone_mcp/result.h"
#include "platform/wake_event.h"

// A guarded HTTP/1.1 listener: what reaches a handler was read completely, checked strictly and is bounded. Knows
// nothing of MCP. The implementation is part of the network module; this header is all that its users see.
namespace apmcp::listener {

/// Names in lower case, each once; values as sent (never percent-decoded) without the white space around them, those of
/// a repeated field joined by ", ".
using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  ///< as sent: "POST"
  std::string path;    ///< as sent, without the query
  std::string query;   ///< as sent, without "?"; empty when there is none
  Headers headers;     ///< HTTP/1.1 has a valid Host; HTTP/1.0 may have none
  std::string body;    ///< complete and de-chunked

  /// The value of the field of that name (lower case), nullptr when there is none.
  [[nodiscard]] const std::string* header(std::string_view name) const {
    for (const auto& [field, value] : headers) {
      if (field == name) return &value;
    }
    return nullptr;
  }
};

/// The other side of one exchange, while a handler works on it. Used by the thread that runs the handler or the stream.
class Peer {
 public:
  enum class Event { kWoken, kGone, kStopping, kTimeout };

  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;

  /// Waits until `wake` is signalled, the peer has closed its connection, the listener stops, or `limit` has passed;
  /// when several hold at once, in this order. No polling. All but kTimeout are reported again by every later call,
  /// kWoken until `wake` is cleared.
  /// A peer that shut down only its sending side still reads and is not gone, but a closed one looks the same (RFC
  /// 9293, section 3.6). So the first bytes of what follows are sent ahead once: a closed peer resets the connection.
  /// It takes a round trip. A stream to HTTP/1.0 has no such bytes, and there the next write finds out.
  virtual Event wait(const platform::WakeEvent& wake, std::chrono::milliseconds limit) = 0;

  /// Writes a piece of a streamed answer. Blocks while the peer reads, however slowly. False: the peer is gone, has
  /// taken nothing for ListenerOptions::stall_limit, was cut for ListenerOptions::max_unsent, or this is not the peer
  /// that was given to a stream. An empty piece is nothing.
  virtual bool write(std::string_view bytes) = 0;
};

/// An answer with a status outside 200-599, a field that could end a line early, or one of the fields that frame an
/// answer (Connection, Content-Length, Keep-Alive, Transfer-Encoding) is replaced by a 500.
struct HttpResponse {
  int status = 200;
  Headers headers;           ///< names in any case
  std::string content_type;  ///< empty: no Content-Type field, or text/plain when there is a body
  std::string body;
  /// When set, `body` is ignored: the head leaves at once, then this runs and writes, and the answer (chunked) ends
  /// when it returns. False ends the connection without the final chunk, so that the peer sees an incomplete answer.
  /// The request is gone by then. Not run for HEAD. Must not throw.
  std::function<bool(Peer&)> stream;
};

/// Runs on a thread of its own per connection, many at once. Must not throw. `request` and `peer` live until it
/// returns.
using HttpHandler = std::function<HttpResponse(const HttpRequest& request, Peer& peer)>;

/// Looks at the head of a request that has a body, before any of it is read: an answer refuses the request, and the
/// connection ends after it. So whoever is refused by his head cannot fill the memory that bodies share; for whoever is
/// known only by his body there is ListenerOptions::apart. On the handler's thread; must not throw. Requests without a
/// body go straight to the handler.
using HeadCheck = std::function<std::optional<HttpResponse>(const HttpRequest& head)>;

/// Limits for the bodies of one path alone, because they must be read before it is known who sends them: however many
/// strangers hold back the last byte of one, the memory for all other bodies is untouched.
struct PathLimits {
  std::string path = {};  ///< as sent; empty: no path is apart
  std::size_t max_body = 0;
  std::size_t max_bodies = 0;
};

struct ListenerOptions {
  std::string host = "127.0.0.1";  ///< an IPv4 or IPv6 literal; no name is looked up
  int port = 0;                    ///< 0: any free one
  /// When they are all in use, a new connection closes the oldest one that has not sent a request yet, else the longest
  /// idle one (see spare_limit). When none can be spared, it gets 503. A sixteenth is free of silent connections,
  /// unless they are younger than 250 ms.
  std::size_t max_connections = 2048;
  std::size_t max_body = std::size_t{4} << 20;
  std::size_t max_bodies = std::size_t{64} << 20;  ///< bodies of all connections together, bytes; beyond it: 503
  PathLimits apart = {};
  std::chrono::milliseconds head_limit{
      10'000};  ///< for the whole head, from its first byte; a new one must come so soon
  std::chrono::milliseconds body_limit{30'000};    ///< for the whole body
  std::chrono::milliseconds idle_limit{120'000};   ///< for a kept connection without a request
  std::chrono::milliseconds spare_limit{5'000};    ///< a kept connection idle for longer may be closed to make room
  std::size_t max_unsent = std::size_t{64} << 20;  ///< bytes of answers that wait for slow readers, all connections
                                                   ///< together; beyond it those stalled longest are closed
  std::chrono::milliseconds stall_limit{5'000};    ///< for a reader that takes no byte of its answer
};

/// Accepts from start() until stop() or destruction.
class HttpListener {
 public:
  HttpListener() = default;
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;
  virtual ~HttpListener() = default;  ///< stops, cuts slow readers, and waits for running handlers. Not in a handler

  [[nodiscard]] virtual int port() const = 0;

  /// Stops accepting and closes idle connections at once; the port is free when this returns. Running handlers see
  /// Peer::Event::kStopping and may finish their answer. Returns at once; thread-safe, idempotent.
  virtual void stop() = 0;

  /// Waits until no connection is open any more, `limit` at most. True when none is.
  virtual bool wait_closed(std::chrono::milliseconds limit) = 0;
};

/// Binds, listens and accepts. Error{kUpstreamDown} with one line for the operator when the address cannot be had.
/// `check_head` may be empty: then every body is read.
Result<std::unique_ptr<HttpListener>> start_listener(const ListenerOptions& options, HttpHandler handler,
                                                     HeadCheck check_head);

}  // namespace apmcp::listener

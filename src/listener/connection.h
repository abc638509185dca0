#pragma once

#include "listener/http_listener.h"
#include "listener/peer_socket.h"
#include "listener/request_reader.h"
#include "listener/response_writer.h"

namespace apmcp::listener {

/// One accepted connection: its requests, one after the other, and their answers.
class Connection {
 public:
  /// What it refers to outlives it.
  Connection(platform::UniqueFd fd, const ListenerOptions& options, const HttpHandler& handler,
             const HeadCheck& check_head, const ListenerEvents& events, BodyBudgets& budgets, ConnectionTable& table);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Serves until either side ends it. Blocks; throws nothing.
  void run() noexcept;

  /// Instead of run(), and without waiting: says that there is no room.
  void turn_away();

 private:
  /// True when the connection may serve another.
  bool serve_one();
  RequestReader::Outcome read_request();
  bool answer_request();
  /// False when the request was refused, and answered.
  bool passes_head_check(const RequestHead& head);
  void answer_refusal();
  /// The last answer of this connection, to a request that was not read to its end.
  void answer_and_close(HttpResponse answer, bool is_head);

  const HttpHandler& handler_;
  const HeadCheck& check_head_;
  const ListenerEvents& events_;
  PeerSocket socket_;
  RequestReader reader_;
  ResponseWriter writer_;
};

}  // namespace apmcp::listener

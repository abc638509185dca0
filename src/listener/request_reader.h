#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "listener/http_listener.h"
#include "listener/parse_progress.h"
#include "listener/peer_socket.h"
#include "listener/request_head.h"

namespace apmcp::listener {

/// Takes one request after the other from a connection, each complete and within its deadlines. Bytes that a client
/// sends ahead (pipelining) wait for their turn.
class RequestReader {
 public:
  enum class Outcome {
    kRequest,  ///< head() holds it, with its body
    kRefused,  ///< refusal() says why; answer that and close
    kEnd,      ///< the peer left, idled too long, or the listener stops: there is nobody to answer
  };

  /// Both outlive the reader.
  RequestReader(PeerSocket& socket, const ListenerOptions& options) : socket_(socket), options_(options) {}

  Outcome next();

  [[nodiscard]] RequestHead& head() { return *head_; }

  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  Outcome read_head();
  Outcome read_body();
  Outcome read_counted_body(Clock::time_point deadline);
  Outcome read_chunked_body(Clock::time_point deadline);
  /// Nothing when there is more to read, else how the reading ended.
  std::optional<Outcome> receive_more(Clock::time_point deadline, bool has_begun);
  Outcome refuse(const Refusal& refusal);

  PeerSocket& socket_;
  const ListenerOptions& options_;
  bool is_kept_ = false;  ///< the connection has served a request before
  std::string buffer_;
  std::string_view unread_;  ///< the part of buffer_ that no request has taken yet
  std::optional<RequestHead> head_;
  Refusal refusal_;
};

}  // namespace apmcp::listener

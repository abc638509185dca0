#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "listener/body_budget.h"
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
    kRequest,  ///< head() holds it, as far as it was asked for
    kRefused,  ///< refusal() says why; answer that and close
    kEnd,      ///< the peer left, idled too long, or the listener stops: there is nobody to answer
  };

  /// All outlive the reader.
  RequestReader(PeerSocket& socket, const ListenerOptions& options, BodyBudgets& budgets)
      : socket_(socket), options_(options), budgets_(budgets) {}

  ~RequestReader() { drop_body(); }

  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// The head of the next request; its body waits for read_body().
  Outcome next_head();

  /// The body of the request whose head was read last. At once when it has none.
  Outcome read_body();

  /// Frees the body that read_body() read, which may be long before the next request.
  void drop_body();

  [[nodiscard]] RequestHead& head() { return *head_; }

  /// The request whose head was read last has its body counted by ListenerOptions::apart.
  [[nodiscard]] bool is_apart() const {
    return head_->has_body() && !options_.apart.path.empty() && head_->request.path == options_.apart.path;
  }

  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  Outcome read_head();
  Outcome read_counted_body(Clock::time_point deadline);
  Outcome read_chunked_body(std::size_t max_body, Clock::time_point deadline);
  /// Nothing when there is more to read, else how the reading ended.
  std::optional<Outcome> receive_more(Clock::time_point deadline, bool has_begun);
  Outcome refuse(const Refusal& refusal);
  /// False when all connections together hold too much. Call after the body has grown.
  bool account_body();

  PeerSocket& socket_;
  const ListenerOptions& options_;
  BodyBudgets& budgets_;
  BodyBudget* budget_ = &budgets_.common;  ///< that of the present body
  std::size_t accounted_ = 0;              ///< bytes of the body that the budget knows
  bool is_kept_ = false;                   ///< the connection has served a request before
  std::string buffer_;
  std::string_view unread_;  ///< the part of buffer_ that no request has taken yet
  std::optional<RequestHead> head_;
  Refusal refusal_;
};

}  // namespace apmcp::listener

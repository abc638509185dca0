#include "listener/connection.h"

#include <string>
#include <utility>

namespace apmcp::listener {
namespace {

/// A handler may wait for its peer, but only the stream of its answer may write.
class HandlerPeer final : public Peer {
 public:
  explicit HandlerPeer(PeerSocket& socket) : socket_(socket) {}

  Event wait(const platform::WakeEvent& wake, std::chrono::milliseconds limit) override {
    return socket_.wait(wake, limit, ahead_);
  }

  bool write(std::string_view /*bytes*/) override { return false; }

  /// Bytes of the answer that have left already.
  [[nodiscard]] std::size_t sent_ahead() const { return kStatusLineStart.size() - ahead_.size(); }

 private:
  PeerSocket& socket_;
  std::string_view ahead_ = kStatusLineStart;
};

}  // namespace

Connection::Connection(platform::UniqueFd fd, const ListenerOptions& options, const HttpHandler& handler,
                       const HeadCheck& check_head, const ListenerEvents& events, BodyBudgets& budgets,
                       ConnectionTable& table)
    : handler_(handler),
      check_head_(check_head),
      events_(events),
      socket_(std::move(fd), events, table, options.stall_limit),
      reader_(socket_, options, budgets),
      writer_(socket_) {}

void Connection::run() noexcept {
  try {
    while (serve_one()) {
    }
  } catch (...) {
    // No memory, or a handler that breaks its promise: the peer sees the connection end.
  }
}

bool Connection::serve_one() {
  switch (read_request()) {
    case RequestReader::Outcome::kEnd: return false;
    case RequestReader::Outcome::kRefused: answer_refusal(); return false;
    case RequestReader::Outcome::kRequest: break;
  }
  // An evicted connection must not act: its client saw no answer and will ask again.
  if (!socket_.place().begin_work() || !answer_request()) return false;
  socket_.place().become_idle();
  return true;
}

RequestReader::Outcome Connection::read_request() {
  const auto outcome = reader_.next_head();
  if (outcome != RequestReader::Outcome::kRequest) return outcome;
  if (!passes_head_check(reader_.head())) return RequestReader::Outcome::kEnd;
  // The body of a stranger keeps no place: it can be sent as slowly as a head.
  if (!reader_.is_apart() && !socket_.place().begin_work()) return RequestReader::Outcome::kEnd;
  return reader_.read_body();
}

bool Connection::answer_request() {
  RequestHead& head = reader_.head();
  HandlerPeer peer(socket_);
  HttpResponse answer = handler_(head.request, peer);
  reader_.drop_body();  // a stream may run for hours
  return writer_.write(std::move(answer), {.is_head = head.request.method == "HEAD",
                                           .is_http_1_0 = head.is_http_1_0,
                                           .closes = !head.keeps_alive || events_.is_stopping,
                                           .sent_ahead = peer.sent_ahead()});
}

bool Connection::passes_head_check(const RequestHead& head) {
  if (!check_head_ || !head.has_body()) return true;
  auto refusal = check_head_(head.request);
  if (!refusal) return true;
  answer_and_close(*std::move(refusal), head.request.method == "HEAD");
  return false;
}

void Connection::answer_refusal() {
  const Refusal& refusal = reader_.refusal();
  answer_and_close({.status = refusal.status, .content_type = "text/plain", .body = std::string(refusal.why) + "\n"},
                   false);
}

void Connection::answer_and_close(HttpResponse answer, bool is_head) {
  writer_.write(std::move(answer), {.is_head = is_head, .closes = true});
  socket_.close_after_answer();
}

void Connection::turn_away() {
  socket_.send_at_once(
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 36\r\n\r\n"
      "There are too many connections now.\n");
}

}  // namespace apmcp::listener

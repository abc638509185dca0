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
    return socket_.wait(wake, limit);
  }

  bool write(std::string_view /*bytes*/) override { return false; }

 private:
  PeerSocket& socket_;
};

}  // namespace

Connection::Connection(platform::UniqueFd fd, const ListenerOptions& options, const HttpHandler& handler,
                       const HeadCheck& check_head, const ListenerEvents& events, BodyBudgets& budgets)
    : handler_(handler),
      check_head_(check_head),
      events_(events),
      socket_(std::move(fd), events),
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
  auto outcome = reader_.next_head();
  if (outcome == RequestReader::Outcome::kRequest) {
    if (!passes_head_check(reader_.head())) return false;
    outcome = reader_.read_body();
  }
  switch (outcome) {
    case RequestReader::Outcome::kEnd: return false;
    case RequestReader::Outcome::kRefused: answer_refusal(); return false;
    case RequestReader::Outcome::kRequest: break;
  }
  RequestHead& head = reader_.head();
  HandlerPeer peer(socket_);
  HttpResponse answer = handler_(head.request, peer);
  reader_.drop_body();  // a stream may run for hours
  return writer_.write(std::move(answer), {.is_head = head.request.method == "HEAD",
                                           .is_http_1_0 = head.is_http_1_0,
                                           .closes = !head.keeps_alive || events_.stop.is_signalled()});
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

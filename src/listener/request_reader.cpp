#include "listener/request_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "listener/chunked_body.h"

namespace apmcp::listener {

namespace {

constexpr Refusal kTooLarge{.status = 413, .why = "The body is too large."};
constexpr Refusal kTooMuchAtOnce{.status = 503, .why = "There are too many large requests now."};

}  // namespace

RequestReader::Outcome RequestReader::next_head() {
  drop_body();
  const Outcome head = read_head();
  if (head == Outcome::kRequest) is_kept_ = true;
  return head;
}

RequestReader::Outcome RequestReader::read_head() {
  RequestHeadParser parser(options_.max_body);
  auto deadline = Clock::now() + (is_kept_ ? options_.idle_limit : options_.head_limit);
  for (;;) {
    const bool had_begun = parser.has_begun();
    switch (parser.feed(unread_)) {
      case ParseProgress::kRefused: return refuse(parser.refusal());
      case ParseProgress::kDone: head_ = std::move(parser.head()); return Outcome::kRequest;
      case ParseProgress::kNeedMore: break;
    }
    if (parser.has_begun() && !had_begun) deadline = Clock::now() + options_.head_limit;
    if (!parser.has_begun()) buffer_ = {};  // an idle connection holds no memory that it does not need
    if (const auto end = receive_more(deadline, parser.has_begun())) return *end;
  }
}

RequestReader::Outcome RequestReader::read_body() {
  if (!head_->has_body()) return Outcome::kRequest;
  const std::size_t max_body = is_apart() ? options_.apart.max_body : options_.max_body;
  budget_ = is_apart() ? &budgets_.apart : &budgets_.common;
  if (head_->content_length.value_or(0) > max_body) return refuse(kTooLarge);
  const auto deadline = Clock::now() + options_.body_limit;
  if (head_->expects_continue && unread_.empty() && !socket_.send("HTTP/1.1 100 Continue\r\n\r\n"))
    return Outcome::kEnd;
  return head_->is_chunked ? read_chunked_body(max_body, deadline) : read_counted_body(deadline);
}

RequestReader::Outcome RequestReader::read_counted_body(Clock::time_point deadline) {
  std::string& body = head_->request.body;
  // The memory grows with what arrives, not with what is announced.
  const auto length = static_cast<std::size_t>(*head_->content_length);
  for (;;) {
    const std::string_view piece = unread_.substr(0, length - body.size());
    body.append(piece);
    unread_.remove_prefix(piece.size());
    if (!account_body()) return refuse(kTooMuchAtOnce);
    if (body.size() == length) return Outcome::kRequest;
    if (const auto end = receive_more(deadline, true)) return *end;
  }
}

RequestReader::Outcome RequestReader::read_chunked_body(std::size_t max_body, Clock::time_point deadline) {
  ChunkedBody chunks(max_body);
  for (;;) {
    switch (chunks.feed(unread_, head_->request.body)) {
      case ParseProgress::kRefused: return refuse(chunks.refusal());
      case ParseProgress::kDone: return account_body() ? Outcome::kRequest : refuse(kTooMuchAtOnce);
      case ParseProgress::kNeedMore: break;
    }
    if (!account_body()) return refuse(kTooMuchAtOnce);
    if (const auto end = receive_more(deadline, true)) return *end;
  }
}

std::optional<RequestReader::Outcome> RequestReader::receive_more(Clock::time_point deadline, bool has_begun) {
  switch (socket_.receive(buffer_, deadline)) {
    case PeerSocket::Received::kBytes: unread_ = buffer_; return std::nullopt;
    case PeerSocket::Received::kTimeout:
      return has_begun ? refuse({.status = 408, .why = "The request did not arrive in time."}) : Outcome::kEnd;
    case PeerSocket::Received::kEnd:
    case PeerSocket::Received::kStopping: break;
  }
  return Outcome::kEnd;
}

bool RequestReader::account_body() {
  const std::size_t size = head_->request.body.size();
  if (!budget_->take(size - accounted_)) return false;
  accounted_ = size;
  return true;
}

void RequestReader::drop_body() {
  if (head_) head_->request.body = {};
  budget_->give_back(std::exchange(accounted_, 0));
}

RequestReader::Outcome RequestReader::refuse(const Refusal& refusal) {
  refusal_ = refusal;
  return Outcome::kRefused;
}

}  // namespace apmcp::listener

#include "listener/request_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "listener/chunked_body.h"

namespace apmcp::listener {

RequestReader::Outcome RequestReader::next() {
  const Outcome head = read_head();
  if (head != Outcome::kRequest) return head;
  is_kept_ = true;
  return head_->has_body() ? read_body() : Outcome::kRequest;
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
  const auto deadline = Clock::now() + options_.body_limit;
  if (head_->expects_continue && unread_.empty() && !socket_.send("HTTP/1.1 100 Continue\r\n\r\n"))
    return Outcome::kEnd;
  return head_->is_chunked ? read_chunked_body(deadline) : read_counted_body(deadline);
}

RequestReader::Outcome RequestReader::read_counted_body(Clock::time_point deadline) {
  std::string& body = head_->request.body;
  // The memory grows with what arrives, not with what is announced.
  const auto length = static_cast<std::size_t>(*head_->content_length);
  for (;;) {
    const std::string_view piece = unread_.substr(0, length - body.size());
    body.append(piece);
    unread_.remove_prefix(piece.size());
    if (body.size() == length) return Outcome::kRequest;
    if (const auto end = receive_more(deadline, true)) return *end;
  }
}

RequestReader::Outcome RequestReader::read_chunked_body(Clock::time_point deadline) {
  ChunkedBody chunks(options_.max_body);
  for (;;) {
    switch (chunks.feed(unread_, head_->request.body)) {
      case ParseProgress::kRefused: return refuse(chunks.refusal());
      case ParseProgress::kDone: return Outcome::kRequest;
      case ParseProgress::kNeedMore: break;
    }
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

RequestReader::Outcome RequestReader::refuse(const Refusal& refusal) {
  refusal_ = refusal;
  return Outcome::kRefused;
}

}  // namespace apmcp::listener

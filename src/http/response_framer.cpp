#include "http/response_framer.h"

#include <algorithm>
#include <utility>

#include "base/http_syntax.h"

namespace apmcp::http {
namespace {

constexpr std::size_t kMaxStatusLine = 256;
constexpr std::size_t kMaxHead = std::size_t{32} << 10;
constexpr std::size_t kMaxFields = 128;
constexpr std::size_t kMaxInterim = 4;
constexpr std::size_t kMaxChunkLine = 256;
constexpr std::size_t kMaxTrailer = std::size_t{8} << 10;
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

ResponseFramer::Progress ResponseFramer::fail(std::string_view why) {
  refuse(why);
  state_ = State::kError;
  return Progress::kError;
}

bool ResponseFramer::refuse(std::string_view why) {
  if (error_.empty()) error_ = why;
  return false;
}

ResponseFramer::Progress ResponseFramer::next(std::string_view& input) {
  switch (state_) {
    case State::kHead: return next_head(input);
    case State::kLength:
    case State::kUntilClose:
    case State::kChunkData: return next_data(input);
    case State::kChunkSize:
    case State::kChunkEnd:
    case State::kTrailer: return next_line(input);
    case State::kDone: return Progress::kDone;
    case State::kError: break;
  }
  return Progress::kError;
}

ResponseFramer::Progress ResponseFramer::end_of_input() {
  if (state_ == State::kUntilClose) state_ = State::kDone;
  if (state_ == State::kDone) return Progress::kDone;
  return fail("the connection ended before the answer did");
}

ResponseFramer::Progress ResponseFramer::next_head(std::string_view& input) {
  for (;;) {
    if (const auto unfinished = collect_head(input)) return *unfinished;
    const std::string text = std::exchange(buffer_, {});
    head_ = {};
    if (!parse_head(text)) return fail("its head is malformed");
    if (head_.status == 101) return fail("it switches protocols unasked");
    if (head_.status >= 200) return start_body() ? Progress::kHead : fail("its framing is malformed");
    if (++interim_ > kMaxInterim) return fail("it sends interim answers without end");
  }
}

std::optional<ResponseFramer::Progress> ResponseFramer::collect_head(std::string_view& input) {
  const std::size_t before = buffer_.size();
  buffer_.append(input.substr(0, kMaxHead - before));
  const std::size_t end = buffer_.find(kHeadEnd, before < 3 ? 0 : before - 3);
  if (end != std::string::npos) buffer_.resize(end + kHeadEnd.size());
  input.remove_prefix(buffer_.size() - before);
  if (std::min(buffer_.find(kLineEnd), buffer_.size()) > kMaxStatusLine) return fail("its status line is too long");
  if (end != std::string::npos) return std::nullopt;
  if (buffer_.size() >= kMaxHead) return fail("its head is too large");
  return Progress::kNeedMore;
}

bool ResponseFramer::parse_head(std::string_view text) {
  std::size_t fields = 0;
  bool is_first = true;
  is_http_1_0_ = keeps_alive_ = false;
  while (text != kLineEnd) {
    const std::string_view line = text.substr(0, text.find(kLineEnd));
    text.remove_prefix(line.size() + kLineEnd.size());
    if (is_first ? !parse_status_line(line) : !parse_field(line)) return false;
    if (!is_first && ++fields > kMaxFields) return refuse("it has too many header fields");
    is_first = false;
  }
  return !is_first;
}

bool ResponseFramer::parse_status_line(std::string_view line) {
  constexpr std::size_t kCodeAt = 9;  // after "HTTP/1.1 "
  const bool is_http_1 = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!is_http_1 || line.size() < kCodeAt + 3) return refuse("it is not HTTP/1.1");
  const std::string_view code = line.substr(kCodeAt, 3);
  const std::string_view reason = line.substr(kCodeAt + 3);
  if (!std::all_of(code.begin(), code.end(), is_digit) || code.front() < '1' || code.front() > '5') {
    return refuse("its status is not a number from 100 to 599");
  }
  if (!reason.empty() && reason.front() != ' ') return refuse("its status line is malformed");
  if (!is_field_text(reason)) return refuse("its status line is malformed");
  is_http_1_0_ = line.starts_with("HTTP/1.0");
  head_.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  return true;
}

bool ResponseFramer::parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return refuse("a header field has no name");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  // A blank before the colon or at the start of a continued line is what smuggling is made of.
  if (!is_http_token(name)) return refuse("a header field's name is malformed");
  if (!is_field_text(value)) return refuse("a header field holds a control character");
  return take_field(to_lower(name), value);
}

bool ResponseFramer::take_field(const std::string& name, std::string_view value) {
  if (name == "content-length") return take_content_length(value);
  if (name == "transfer-encoding") {
    if (head_.is_chunked || to_lower(value) != "chunked") return refuse("its transfer encoding is not plain chunked");
    head_.is_chunked = true;
  } else if (name == "content-encoding") {
    if (to_lower(value) != "identity") return refuse("it is compressed although that was declined");
  } else if (name == "connection") {
    head_.closes = head_.closes || lists_token(value, "close");
    keeps_alive_ = keeps_alive_ || lists_token(value, "keep-alive");
  } else if (name == "content-type") {
    head_.content_type = value;
  } else if (name == "retry-after") {
    head_.retry_after = value;
  }
  return true;
}

bool ResponseFramer::take_content_length(std::string_view value) {
  const auto length = parse_digits(value, 10);
  if (!length) return refuse("its Content-Length is not a number");
  if (head_.content_length && *head_.content_length != *length) return refuse("it has two Content-Lengths");
  head_.content_length = length;
  return true;
}

bool ResponseFramer::start_body() {
  if (head_.is_chunked && head_.content_length) return refuse("it has a Content-Length and is chunked");
  if (head_.is_chunked && is_http_1_0_) return refuse("it is chunked in HTTP/1.0");
  if (is_http_1_0_ && !keeps_alive_) head_.closes = true;
  const bool has_body = head_.status != 204 && head_.status != 304;
  if (has_body && head_.content_length.value_or(0) > max_body_) return refuse("it is larger than we accept");
  if (!has_body) {
    state_ = State::kDone;
  } else if (head_.is_chunked) {
    state_ = State::kChunkSize;
  } else if (head_.content_length) {
    remaining_ = *head_.content_length;
    state_ = remaining_ == 0 ? State::kDone : State::kLength;
  } else {
    head_.closes = true;
    state_ = State::kUntilClose;
  }
  return true;
}

ResponseFramer::Progress ResponseFramer::next_data(std::string_view& input) {
  if (input.empty()) return Progress::kNeedMore;
  const bool is_bounded = state_ != State::kUntilClose;
  piece_ =
      is_bounded ? input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()))) : input;
  input.remove_prefix(piece_.size());
  body_bytes_ += piece_.size();
  if (body_bytes_ > max_body_) return fail("it is larger than we accept");
  if (is_bounded) {
    remaining_ -= piece_.size();
    if (remaining_ == 0) state_ = state_ == State::kLength ? State::kDone : State::kChunkEnd;
  }
  return Progress::kBody;
}

ResponseFramer::Progress ResponseFramer::next_line(std::string_view& input) {
  while (!input.empty()) {
    const std::size_t end = input.find('\n');
    const std::string_view part = end == std::string_view::npos ? input : input.substr(0, end + 1);
    buffer_.append(part);
    input.remove_prefix(part.size());
    if (buffer_.size() > kMaxChunkLine) return fail("its chunks are malformed");
    if (end == std::string_view::npos) break;
    if (!buffer_.ends_with(kLineEnd)) return fail("its chunks are malformed");
    const std::string line = std::exchange(buffer_, {});
    if (!take_chunk_line(std::string_view(line).substr(0, line.size() - kLineEnd.size()))) {
      return fail("its chunks are malformed");
    }
    if (state_ == State::kDone) return Progress::kDone;
    if (state_ == State::kChunkData) return next_data(input);
  }
  return Progress::kNeedMore;
}

bool ResponseFramer::take_chunk_line(std::string_view line) {
  if (state_ == State::kChunkEnd) {
    if (!line.empty()) return refuse("its chunks are malformed");
    state_ = State::kChunkSize;
    return true;
  }
  if (state_ == State::kTrailer) {
    trailer_bytes_ += line.size();
    if (trailer_bytes_ > kMaxTrailer) return refuse("its trailer is too large");
    if (line.empty()) state_ = State::kDone;
    return true;
  }
  const auto size = parse_digits(trim_blanks(line.substr(0, line.find(';'))), 16);
  if (!size) return refuse("its chunks are malformed");
  if (*size > max_body_) return refuse("it is larger than we accept");
  remaining_ = *size;
  state_ = remaining_ == 0 ? State::kTrailer : State::kChunkData;
  return true;
}

}  // namespace apmcp::http

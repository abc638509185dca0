#include "http/answer_reader.h"

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
constexpr std::string_view kTooLarge = "it is larger than we accept";
constexpr std::string_view kBadChunks = "its chunks are malformed";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool AnswerReader::refuse(std::string_view why) {
  if (error_.empty()) error_ = why;
  return false;
}

bool AnswerReader::take_line(std::string_view line) {
  if (part_ != Part::kHead) return refuse("a header field follows its body");
  head_bytes_ += line.size();
  if (head_bytes_ > kMaxHead) return refuse("its head is too large");
  if (!line.ends_with(kLineEnd)) return refuse("its head is malformed");
  line.remove_suffix(kLineEnd.size());
  if (head_lines_++ == 0) return take_status_line(line);
  if (line.empty()) return end_head();
  return head_lines_ <= kMaxFields + 1 ? take_field(line) : refuse("it has too many header fields");
}

bool AnswerReader::take_status_line(std::string_view line) {
  constexpr std::size_t kCodeAt = 9;  // after "HTTP/1.1 "
  head_ = {};
  if (line.size() > kMaxStatusLine) return refuse("its status line is too long");
  const bool is_http_1 = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!is_http_1 || line.size() < kCodeAt + 3) return refuse("it is not HTTP/1.1");
  const std::string_view code = line.substr(kCodeAt, 3);
  const std::string_view reason = line.substr(kCodeAt + 3);
  if (!std::all_of(code.begin(), code.end(), is_digit) || code.front() < '1' || code.front() > '5') {
    return refuse("its status is not a number from 100 to 599");
  }
  if ((!reason.empty() && reason.front() != ' ') || !is_field_text(reason)) {
    return refuse("its status line is malformed");
  }
  is_http_1_0_ = line.starts_with("HTTP/1.0");
  keeps_alive_ = false;
  head_.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  return head_.status != 101 || refuse("it switches protocols unasked");
}

bool AnswerReader::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse("a header field has no name");
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  // A blank before the colon, or at the start of a folded line, is read differently by different parsers.
  if (!is_http_token(line.substr(0, colon))) return refuse("a header field's name is malformed");
  if (!is_field_text(value)) return refuse("a header field holds a control character");
  return take_known_field(to_lower(line.substr(0, colon)), value);
}

bool AnswerReader::take_known_field(const std::string& name, std::string_view value) {
  if (name == "content-length") {
    const auto length = parse_digits(value, 10);
    if (!length) return refuse("its Content-Length is not a number");
    if (head_.content_length && *head_.content_length != *length) return refuse("it has two Content-Lengths");
    head_.content_length = length;
  } else if (name == "transfer-encoding") {
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

bool AnswerReader::end_head() {
  head_bytes_ = head_lines_ = 0;
  if (head_.status < 200) return ++interim_ <= kMaxInterim || refuse("it sends interim answers without end");
  if (head_.is_chunked && head_.content_length) return refuse("it has a Content-Length and is chunked");
  if (head_.is_chunked && is_http_1_0_) return refuse("it is chunked in HTTP/1.0");
  if (is_http_1_0_ && !keeps_alive_) head_.closes = true;
  remaining_ = head_.content_length.value_or(0);
  if (head_.status == 204 || head_.status == 304) {
    part_ = Part::kEnd;
  } else if (remaining_ > max_body_) {
    return refuse(kTooLarge);
  } else if (head_.is_chunked) {
    part_ = Part::kChunkSize;
  } else if (head_.content_length) {
    part_ = remaining_ == 0 ? Part::kEnd : Part::kLength;
  } else {
    head_.closes = true;
    part_ = Part::kUntilClose;
  }
  return true;
}

bool AnswerReader::take_bytes(std::string_view bytes, const BodySink& sink) {
  if (part_ == Part::kHead) return refuse("it has a body without a head");
  while (!bytes.empty() && part_ != Part::kEnd) {
    const bool is_data = part_ == Part::kLength || part_ == Part::kUntilClose || part_ == Part::kChunkData;
    if (is_data ? !take_data(bytes, sink) : !take_framing(bytes)) return false;
  }
  has_excess_ = has_excess_ || !bytes.empty();
  return true;
}

bool AnswerReader::take_data(std::string_view& bytes, const BodySink& sink) {
  const bool is_bounded = part_ != Part::kUntilClose;
  const std::string_view piece =
      is_bounded ? bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()))) : bytes;
  bytes.remove_prefix(piece.size());
  body_bytes_ += piece.size();
  if (body_bytes_ > max_body_) return refuse(kTooLarge);
  if (is_bounded) {
    remaining_ -= piece.size();
    if (remaining_ == 0) part_ = part_ == Part::kLength ? Part::kEnd : Part::kChunkEnd;
  }
  return sink(piece);
}

bool AnswerReader::take_framing(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  const std::string_view part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
  line_.append(part);
  bytes.remove_prefix(part.size());
  if (line_.size() > kMaxChunkLine) return refuse(kBadChunks);
  if (end == std::string_view::npos) return true;
  const std::string line = std::exchange(line_, {});
  if (!line.ends_with(kLineEnd)) return refuse(kBadChunks);
  return take_framing_line(std::string_view(line).substr(0, line.size() - kLineEnd.size()));
}

bool AnswerReader::take_framing_line(std::string_view line) {
  if (part_ == Part::kChunkEnd) {
    part_ = Part::kChunkSize;
    return line.empty() || refuse(kBadChunks);
  }
  if (part_ == Part::kTrailer) {
    trailer_bytes_ += line.size();
    if (line.empty()) part_ = Part::kEnd;
    return trailer_bytes_ <= kMaxTrailer || refuse("its trailer is too large");
  }
  const auto size = parse_digits(trim_blanks(line.substr(0, line.find(';'))), 16);
  if (!size) return refuse(kBadChunks);
  if (*size > max_body_) return refuse(kTooLarge);
  remaining_ = *size;
  part_ = remaining_ == 0 ? Part::kTrailer : Part::kChunkData;
  return true;
}

}  // namespace apmcp::http

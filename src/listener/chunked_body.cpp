#include "listener/chunked_body.h"

#include <algorithm>
#include <utility>

#include "base/http_syntax.h"

namespace apmcp::listener {
namespace {

constexpr std::size_t kMaxLine = std::size_t{1} << 10;
constexpr std::size_t kMaxSizeDigits = 16;
/// Of all chunks together: a body of tiny chunks with long extensions would be work without end.
constexpr std::size_t kMaxExtensions = std::size_t{4} << 10;
constexpr std::size_t kMaxTrailer = std::size_t{4} << 10;

constexpr std::string_view kMalformedChunks = "The chunks of the body are malformed.";

}  // namespace

ParseProgress ChunkedBody::feed(std::string_view& input, std::string& body) {
  while (!input.empty() && part_ != Part::kEnd) {
    if (part_ == Part::kData) {
      take_data(input, body);
    } else if (!take_line_part(input)) {
      return ParseProgress::kRefused;
    }
  }
  return part_ == Part::kEnd ? ParseProgress::kDone : ParseProgress::kNeedMore;
}

void ChunkedBody::take_data(std::string_view& input, std::string& body) {
  const std::string_view piece =
      input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size())));
  body.append(piece);
  input.remove_prefix(piece.size());
  remaining_ -= piece.size();
  if (remaining_ == 0) part_ = Part::kDataEnd;
}

bool ChunkedBody::take_line_part(std::string_view& input) {
  const std::size_t end = input.find('\n');
  const std::string_view part = input.substr(0, end == std::string_view::npos ? end : end + 1);
  input.remove_prefix(part.size());
  if (line_.size() + part.size() > kMaxLine) return refuse(400, kMalformedChunks);
  line_.append(part);
  const std::size_t line_end = line_.find_first_of(kLineEnd);
  const std::string_view text = std::string_view(line_).substr(0, line_end);
  // A chunk that is longer than it said shows here, not when a line end happens to come.
  if (!is_field_text(text) || (part_ == Part::kDataEnd && !text.empty())) return refuse(400, kMalformedChunks);
  if (line_end == std::string::npos) return true;
  if (!kLineEnd.starts_with(std::string_view(line_).substr(line_end))) return refuse(400, kMalformedChunks);
  if (end == std::string_view::npos) return true;
  const std::string line = std::exchange(line_, {});
  return take_line(std::string_view(line).substr(0, line_end));
}

bool ChunkedBody::take_line(std::string_view line) {
  switch (part_) {
    case Part::kSize: return take_size(line);
    case Part::kDataEnd: part_ = Part::kSize; return true;
    case Part::kTrailer: return take_trailer(line);
    case Part::kData:
    case Part::kEnd: break;
  }
  return refuse(400, kMalformedChunks);
}

bool ChunkedBody::take_size(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find(';'));
  const auto size = parse_digits(digits, 16);
  if (!size || digits.size() > kMaxSizeDigits) return refuse(400, kMalformedChunks);
  extension_bytes_ += line.size() - digits.size();
  if (extension_bytes_ > kMaxExtensions) return refuse(400, "The chunks of the body have too many extensions.");
  if (*size > max_body_ - announced_) return refuse(413, "The body is too large.");
  announced_ += *size;
  remaining_ = *size;
  part_ = remaining_ == 0 ? Part::kTrailer : Part::kData;
  return true;
}

bool ChunkedBody::take_trailer(std::string_view line) {
  if (line.empty()) {
    part_ = Part::kEnd;
    return true;
  }
  trailer_bytes_ += line.size();
  if (trailer_bytes_ > kMaxTrailer) return refuse(400, "The trailer of the body is too large.");
  const std::size_t colon = line.find(':');
  return (colon != std::string_view::npos && is_http_token(line.substr(0, colon))) || refuse(400, kMalformedChunks);
}

bool ChunkedBody::refuse(int status, std::string_view why) {
  refusal_ = {.status = status, .why = why};
  return false;
}

}  // namespace apmcp::listener

// Whatever a client sends: the parsers of heads and chunks consume it all or stop, agree with themselves however it is
// cut, and let nothing through that the rest of the program may not meet.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/http_syntax.h"
#include "listener/chunked_body.h"
#include "listener/request_head.h"

namespace {

using apmcp::listener::ChunkedBody;
using apmcp::listener::ParseProgress;
using apmcp::listener::RequestHead;
using apmcp::listener::RequestHeadParser;

constexpr std::uint64_t kMaxBody = 1000;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Feeds `input` in pieces of `step` bytes until the parser has its say; `input` is what it left.
template <typename Feed>
ParseProgress feed(std::string_view& input, std::size_t step, const Feed& take) {
  while (!input.empty()) {
    std::string_view piece = input.substr(0, step);
    const std::size_t size = piece.size();
    const ParseProgress progress = take(piece);
    input.remove_prefix(size - piece.size());
    if (progress != ParseProgress::kNeedMore) return progress;
    require(piece.empty());
  }
  return ParseProgress::kNeedMore;
}

void check_head(const RequestHead& head) {
  const auto& request = head.request;
  require(apmcp::is_http_token(request.method));
  require(request.path.starts_with('/') && request.path.size() + request.query.size() <= 2048);
  require(request.headers.size() <= 64);
  require(head.is_http_1_0 || request.header("host") != nullptr);
  require(head.content_length.value_or(0) <= kMaxBody);
  require(!(head.is_chunked && head.content_length));
  for (const auto& [name, value] : request.headers) {
    require(apmcp::is_http_token(name) && apmcp::is_field_text(value));
    require(name.find('\0') == std::string::npos && value.find('\0') == std::string::npos);
  }
}

void check_chunks(std::string_view input, std::size_t step) {
  std::string whole;
  std::string cut;
  ChunkedBody one(kMaxBody);
  ChunkedBody other(kMaxBody);
  std::string_view rest = input;
  const auto expected = feed(input, input.size(), [&](std::string_view& piece) { return one.feed(piece, whole); });
  const auto progress = feed(rest, step, [&](std::string_view& piece) { return other.feed(piece, cut); });
  require(progress == expected && one.refusal().status == other.refusal().status);
  require(whole.size() <= kMaxBody && whole == cut);
  if (progress == ParseProgress::kDone) require(rest == input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t step = 1 + (input.empty() ? 0 : data[size - 1] % 7U);
  RequestHeadParser one(kMaxBody);
  RequestHeadParser other(kMaxBody);
  std::string_view rest = input;
  std::string_view rest_of_cut = input;
  const auto expected = feed(rest, size, [&](std::string_view& piece) { return one.feed(piece); });
  const auto progress = feed(rest_of_cut, step, [&](std::string_view& piece) { return other.feed(piece); });
  require(progress == expected && one.refusal().status == other.refusal().status);
  if (progress == ParseProgress::kDone) {
    require(rest == rest_of_cut);
    check_head(one.head());
    check_chunks(rest, step);
  } else {
    check_chunks(input, step);
  }
  return 0;
}

#include "listener/request_head.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/http_syntax.h"

namespace apmcp::listener {
namespace {

constexpr std::size_t kMaxHead = std::size_t{16} << 10;
constexpr std::size_t kMaxFields = 64;
constexpr std::size_t kMaxTarget = std::size_t{2} << 10;
/// A line that is longer has a target that is too long: the method and the version need less than the difference.
constexpr std::size_t kMaxRequestLine = kMaxTarget + 64;

constexpr std::string_view kMalformedRequest = "The request is malformed.";

/// Two of one of these would let two readers act on different requests.
bool is_single_valued(std::string_view name) {
  constexpr std::array<std::string_view, 9> kSingle{
      "host",          "origin",        "content-length", "transfer-encoding", "content-type",
      "authorization", "last-event-id", "expect",         "x-agentphone-key"};
  return name.starts_with("mcp-") || std::find(kSingle.begin(), kSingle.end(), name) != kSingle.end();
}

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

/// uri-host [":" port], by its characters.
bool is_authority(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_http_token({&c, 1}) ? !is_one_of(c, "#^`|") : is_one_of(c, "(),;=:[]");
  });
}

bool is_target_char(char c) {
  return c > ' ' && c < '\x7f' && c != '#';
}

}  // namespace

ParseProgress RequestHeadParser::feed(std::string_view& input) {
  while (!input.empty()) {
    const std::size_t end = input.find('\n');
    const std::string_view part = input.substr(0, end == std::string_view::npos ? end : end + 1);
    input.remove_prefix(part.size());
    if (!take_bytes(part)) return ParseProgress::kRefused;
    if (end == std::string_view::npos) break;
    const std::string line = std::exchange(line_, {});
    if (!take_line(std::string_view(line).substr(0, line.size() - kLineEnd.size()))) return ParseProgress::kRefused;
    if (part_ == Part::kEnd) return ParseProgress::kDone;
  }
  return ParseProgress::kNeedMore;
}

/// Looks at what does not wait for the end of the line, so that a client that speaks another protocol, or never ends
/// its line, is not kept waiting for its answer.
bool RequestHeadParser::take_bytes(std::string_view bytes) {
  bytes_ += bytes.size();
  if (part_ == Part::kRequestLine && line_.size() + bytes.size() > kMaxRequestLine + kLineEnd.size()) {
    line_.append(bytes.substr(0, kMaxRequestLine));
    if (!is_http_token(std::string_view(line_).substr(0, line_.find(' ')))) return refuse(400, kMalformedRequest);
    return refuse(414, "The request target is too long.");
  }
  if (bytes_ > kMaxHead) return refuse(431, "The head of the request is too large.");
  line_.append(bytes);
  const std::size_t line_end = line_.find_first_of(kLineEnd);
  if (!is_field_text(std::string_view(line_).substr(0, line_end))) return refuse(400, kMalformedRequest);
  if (line_end == std::string::npos) return true;
  // Only CR LF ends a line; either alone is what another reader could take for something else.
  const std::string_view rest = std::string_view(line_).substr(line_end);
  return kLineEnd.starts_with(rest) || refuse(400, kMalformedRequest);
}

bool RequestHeadParser::take_line(std::string_view line) {
  if (part_ == Part::kFields) {
    if (!line.empty()) return take_field(line);
    part_ = Part::kEnd;
    return conclude();
  }
  if (!line.empty()) {
    part_ = Part::kFields;
    return take_request_line(line);
  }
  // RFC 9112, section 2.2: old clients end a body with an empty line that they do not count.
  return !std::exchange(skipped_empty_line_, true) || refuse(400, kMalformedRequest);
}

bool RequestHeadParser::take_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  const std::string_view method = line.substr(0, first);
  if (!is_http_token(method) || first == last) return refuse(400, kMalformedRequest);
  head_.request.method = method;
  return take_version(line.substr(last + 1)) && take_target(line.substr(first + 1, last - first - 1));
}

bool RequestHeadParser::take_version(std::string_view version) {
  constexpr std::string_view kName = "HTTP/";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != kName.size() + 3 || !version.starts_with(kName) || !is_digit(version[5]) || version[6] != '.' ||
      !is_digit(version[7])) {
    return refuse(400, kMalformedRequest);
  }
  head_.is_http_1_0 = version == "HTTP/1.0";
  return head_.is_http_1_0 || version == "HTTP/1.1" || refuse(505, "This server speaks HTTP/1.1.");
}

bool RequestHeadParser::take_target(std::string_view target) {
  if (target.size() > kMaxTarget) return refuse(414, "The request target is too long.");
  if (!target.starts_with('/') || !std::all_of(target.begin(), target.end(), is_target_char)) {
    return refuse(400, "The request target is not a path.");
  }
  const std::size_t mark = target.find('?');
  head_.request.path = target.substr(0, mark);
  if (mark != std::string_view::npos) head_.request.query = target.substr(mark + 1);
  return true;
}

bool RequestHeadParser::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  // A blank before the colon, or one that continues the line before, is what smuggling is made of.
  if (colon == std::string_view::npos || !is_http_token(line.substr(0, colon))) return refuse(400, kMalformedRequest);
  if (fields_ == kMaxFields) return refuse(431, "The request has too many header fields.");
  ++fields_;
  std::string name = to_lower(line.substr(0, colon));
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  Headers& headers = head_.request.headers;
  const auto before =
      std::find_if(headers.begin(), headers.end(), [&](const auto& field) { return field.first == name; });
  if (before == headers.end()) {
    headers.emplace_back(std::move(name), value);
  } else if (is_single_valued(name)) {
    return refuse(400, "A header field that must stand once is repeated.");
  } else {
    before->second.append(", ").append(value);  // RFC 9110, section 5.3: a list may be spread over several fields
  }
  return true;
}

bool RequestHeadParser::conclude() {
  conclude_connection();
  return conclude_host() && conclude_framing() && conclude_expectation();
}

bool RequestHeadParser::conclude_host() {
  const std::string* host = head_.request.header("host");
  if (host == nullptr && head_.is_http_1_0) return true;  // RFC 9112, section 3.2: it came with HTTP/1.1
  return (host != nullptr && is_authority(*host)) || refuse(400, "The request has no valid Host.");
}

bool RequestHeadParser::conclude_framing() {
  const std::string* length = head_.request.header("content-length");
  const std::string* encoding = head_.request.header("transfer-encoding");
  if (length != nullptr && encoding != nullptr) return refuse(400, "The request has a length and is chunked.");
  if (encoding != nullptr) {
    if (to_lower(*encoding) != "chunked") return refuse(501, "The only transfer encoding here is chunked.");
    if (head_.is_http_1_0) return refuse(400, "HTTP/1.0 has no transfer encodings.");
    head_.is_chunked = true;
  }
  if (head_.request.header("content-encoding") != nullptr) return refuse(415, "The body must not be encoded.");
  if (length != nullptr) return conclude_length(*length);
  const std::string& method = head_.request.method;
  const bool needs_body = method == "POST" || method == "PUT" || method == "PATCH";
  return encoding != nullptr || !needs_body || refuse(411, "The request has no Content-Length.");
}

bool RequestHeadParser::conclude_length(const std::string& value) {
  const bool is_number = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number) return refuse(400, "The Content-Length is not a number.");
  head_.content_length = parse_digits(value, 10);
  // Digits that do not parse are more than 64 bits.
  return (head_.content_length && *head_.content_length <= max_body_) || refuse(413, "The body is too large.");
}

bool RequestHeadParser::conclude_expectation() {
  const std::string* expectation = head_.request.header("expect");
  if (expectation == nullptr) return true;
  if (to_lower(*expectation) != "100-continue") return refuse(417, "The only expectation met here is 100-continue.");
  // RFC 9110, section 10.1.1: HTTP/1.0 knows no interim answers.
  head_.expects_continue = !head_.is_http_1_0;
  return true;
}

/// A connection of HTTP/1.0 serves one request: its keep-alive was never standardised.
void RequestHeadParser::conclude_connection() {
  head_.keeps_alive = !head_.is_http_1_0;
  for (const auto& [name, value] : head_.request.headers) {
    if (name == "connection" && lists_token(value, "close")) head_.keeps_alive = false;
  }
}

bool RequestHeadParser::refuse(int status, std::string_view why) {
  refusal_ = {.status = status, .why = why};
  return false;
}

}  // namespace apmcp::listener

#include "listener/response_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "base/http_syntax.h"
#include "listener/parse_progress.h"

namespace apmcp::listener {
namespace {

/// The framing of the answer sets these, not the handler.
constexpr std::array<std::string_view, 4> kFramingFields{"connection", "content-length", "keep-alive",
                                                         "transfer-encoding"};

constexpr int kNoContent = 204;
constexpr int kNotModified = 304;

bool is_sound(const std::pair<std::string, std::string>& field) {
  const std::string name = to_lower(field.first);
  return is_http_token(name) && is_field_text(field.second) &&
         std::find(kFramingFields.begin(), kFramingFields.end(), name) == kFramingFields.end();
}

/// Fields are written as they are: a line end in one would begin another.
bool is_sound(const HttpResponse& answer) {
  const auto is_sound_field = [](const auto& field) { return is_sound(field); };
  return answer.status >= 200 && answer.status <= 599 && is_field_text(answer.content_type) &&
         std::all_of(answer.headers.begin(), answer.headers.end(), is_sound_field);
}

/// Optional for clients (RFC 9112, section 4), helpful to people. Those that this program answers with.
std::string_view reason_phrase(int status) {
  constexpr std::array<std::pair<int, std::string_view>, 25> kReasons{{
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {411, "Length Required"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {421, "Misdirected Request"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  }};
  const auto* const found =
      std::find_if(kReasons.begin(), kReasons.end(), [&](const auto& reason) { return reason.first == status; });
  return found == kReasons.end() ? std::string_view() : found->second;
}

void add_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append(kLineEnd);
}

/// Status line and fields, up to the empty line that ends them.
std::string head_of(const HttpResponse& answer, const AnswerFraming& framing) {
  constexpr std::size_t kUsualHead = 512;
  std::string head;
  head.reserve(kUsualHead);
  head.append(kStatusLineStart).append(std::to_string(answer.status)).append(" ");
  head.append(reason_phrase(answer.status)).append(kLineEnd);
  for (const auto& [name, value] : answer.headers) add_field(head, name, value);
  const bool has_body = answer.stream || !answer.body.empty();
  if (!answer.content_type.empty()) {
    add_field(head, "Content-Type", answer.content_type);
  } else if (has_body) {
    add_field(head, "Content-Type", "text/plain");
  }
  if (answer.stream) {
    if (!framing.is_http_1_0) add_field(head, "Transfer-Encoding", "chunked");
  } else if (answer.status != kNoContent && answer.status != kNotModified) {  // RFC 9110, section 8.6
    add_field(head, "Content-Length", std::to_string(answer.body.size()));
  }
  if (framing.closes) add_field(head, "Connection", "close");
  return head.append(kLineEnd);
}

/// The writing side of a streamed answer.
class StreamPeer final : public Peer {
 public:
  /// The size of the next chunk, or of the last one, may begin with a zero (RFC 9112, section 7.1).
  StreamPeer(PeerSocket& socket, bool is_chunked)
      : socket_(socket), is_chunked_(is_chunked), ahead_(is_chunked ? "0" : "") {}

  Event wait(const platform::WakeEvent& wake, std::chrono::milliseconds limit) override {
    return socket_.wait(wake, limit, ahead_);
  }

  bool write(std::string_view bytes) override {
    if (bytes.empty()) return true;  // an empty chunk would end the answer
    if (!is_chunked_) return socket_.send(bytes);
    std::array<char, 2 * sizeof(std::size_t)> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16);
    const auto count = static_cast<std::size_t>(written.ptr - digits.data());
    return socket_.send(std::string(digits.data(), count).append(kLineEnd), bytes, kLineEnd);
  }

 private:
  PeerSocket& socket_;
  const bool is_chunked_;
  std::string_view ahead_;
};

}  // namespace

bool ResponseWriter::write(HttpResponse answer, AnswerFraming framing) {
  if (!is_sound(answer)) {
    answer = {.status = 500, .content_type = "text/plain", .body = "The answer was malformed.\n"};
  }
  if (answer.status == kNoContent || answer.status == kNotModified) {
    answer.stream = nullptr;
    answer.body.clear();
  }
  if (answer.stream && framing.is_http_1_0) framing.closes = true;
  const std::string head = head_of(answer, framing);
  const bool has_stream = answer.stream && !framing.is_head;
  const std::string_view body = answer.stream || framing.is_head ? std::string_view() : answer.body;
  if (!socket_.send(std::string_view(head).substr(framing.sent_ahead), body)) return false;
  return (!has_stream || write_stream(answer.stream, !framing.is_http_1_0)) && !framing.closes;
}

bool ResponseWriter::write_stream(const std::function<bool(Peer&)>& stream, bool is_chunked) {
  constexpr std::string_view kLastChunk = "0\r\n\r\n";
  StreamPeer peer(socket_, is_chunked);
  return stream(peer) && (!is_chunked || socket_.send(kLastChunk));
}

}  // namespace apmcp::listener

#include "listener/response_writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

#include "base/http_syntax.h"

namespace apmcp::listener {
namespace {

/// What the framing of the answer decides, not who writes it.
constexpr std::array<std::string_view, 4> kFramingFields{"connection", "content-length", "keep-alive",
                                                         "transfer-encoding"};

bool is_sound(const std::pair<std::string, std::string>& field) {
  const std::string name = to_lower(field.first);
  return is_http_token(name) && is_field_text(field.second) &&
         std::find(kFramingFields.begin(), kFramingFields.end(), name) == kFramingFields.end();
}

/// The library writes fields as they come: a line end in one would begin another.
bool is_sound(const HttpResponse& answer) {
  const auto is_sound_field = [](const auto& field) { return is_sound(field); };
  return answer.status >= 200 && answer.status <= 599 && is_field_text(answer.content_type) &&
         std::all_of(answer.headers.begin(), answer.headers.end(), is_sound_field);
}

}  // namespace

/// What the library reads and writes: in, a request of one line; out, the answer. Collects, so that the head and a body
/// leave in one segment, until a stream begins.
class ResponseWriter::AnswerStream final : public compat::StreamBase {
 public:
  AnswerStream(PeerSocket& socket, bool is_head)
      : socket_(socket), unread_(is_head ? "HEAD / HTTP/1.1\r\n\r\n" : "GET / HTTP/1.1\r\n\r\n") {}

  ssize_t read(char* data, std::size_t size) override {
    const std::size_t count = std::min(size, unread_.size());
    std::memcpy(data, unread_.data(), count);
    unread_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* data, std::size_t size) override {
    if (!is_streaming_) {
      collected_.append(data, size);
    } else if (!socket_.send({data, size})) {
      return -1;
    }
    return static_cast<ssize_t>(size);
  }

  bool flush() { return socket_.send(std::exchange(collected_, {})); }

  /// Sends the head; from here on every write is sent at once.
  bool begin_streaming() {
    is_streaming_ = true;
    return flush();
  }

 private:
  PeerSocket& socket_;
  std::string_view unread_;
  std::string collected_;
  bool is_streaming_ = false;
};

class ResponseWriter::StreamPeer final : public Peer {
 public:
  StreamPeer(PeerSocket& socket, httplib::DataSink& sink) : socket_(socket), sink_(sink) {}

  Event wait(const platform::WakeEvent& wake, std::chrono::milliseconds limit) override {
    return socket_.wait(wake, limit);
  }

  bool write(std::string_view bytes) override {
    // An empty chunk would end the answer.
    return bytes.empty() || sink_.write(bytes.data(), bytes.size());
  }

 private:
  PeerSocket& socket_;
  httplib::DataSink& sink_;
};

ResponseWriter::ResponseWriter(PeerSocket& socket) : socket_(socket) {
  set_pre_routing_handler([this](const httplib::Request&, httplib::Response& response) {
    fill(response);
    return HandlerResponse::Handled;
  });
  // The library has rules of its own, different ones in different releases, about when a connection ends.
  set_post_routing_handler([this](const httplib::Request&, httplib::Response& response) {
    response.headers.erase("Keep-Alive");
    response.headers.erase("Accept-Ranges");
    response.headers.erase("Connection");
    if (framing_.closes) response.set_header("Connection", "close");
  });
}

bool ResponseWriter::write(HttpResponse answer, const AnswerFraming& framing) {
  const bool is_fit = is_sound(answer);
  answer_ = is_fit ? std::move(answer)
                   : HttpResponse{.status = 500, .content_type = "text/plain", .body = "The answer was malformed.\n"};
  framing_ = framing;
  if (answer_.stream && framing.is_http_1_0) framing_.closes = true;
  AnswerStream stream(socket_, framing.is_head);
  stream_ = &stream;
  const bool is_whole = this->answer(stream, framing_.closes) && stream.flush();
  stream_ = nullptr;
  answer_ = {};
  return is_whole && !framing_.closes;
}

void ResponseWriter::fill(httplib::Response& response) {
  response.status = answer_.status;
  for (auto& [name, value] : answer_.headers) response.headers.emplace(std::move(name), std::move(value));
  // The library would name a type itself, but only as long as it knows that there is a body.
  const bool has_body = answer_.stream || !answer_.body.empty();
  const std::string content_type = answer_.content_type.empty() && has_body ? "text/plain" : answer_.content_type;
  if (answer_.stream) {
    fill_stream(response, content_type);
    return;
  }
  if (!content_type.empty()) response.set_header("Content-Type", content_type);
  // With a body the library adds the length itself, and a second one is what strict clients refuse.
  if (answer_.body.empty()) response.set_header("Content-Length", "0");
  response.body = std::move(answer_.body);
}

void ResponseWriter::fill_stream(httplib::Response& response, const std::string& content_type) {
  const auto run = [this](std::size_t /*offset*/, httplib::DataSink& sink) {
    if (!stream_->begin_streaming()) return false;
    StreamPeer peer(socket_, sink);
    if (!answer_.stream(peer)) return false;
    sink.done();
    return true;
  };
  if (framing_.is_http_1_0) {
    response.set_content_provider(content_type, run);
  } else {
    response.set_chunked_content_provider(content_type, run);
  }
}

}  // namespace apmcp::listener

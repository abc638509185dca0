#include "http/guarded_client.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <limits>
#include <utility>

#include <openssl/crypto.h>

#include "agentphone_mcp/version.h"
#include "http/dialer.h"

namespace apmcp::http {
namespace {

std::string host_header(const Origin& origin) {
  const bool is_v6 = origin.host.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + origin.host + "]" : origin.host;
  const int usual = origin.tls ? 443 : 80;
  return origin.port == usual ? host : host + ":" + std::to_string(origin.port);
}

}  // namespace

/// What the library reads and writes. It sees a bare status line and a body that ends with the stream: the framing is
/// done already, and no header of the peer reaches its parser.
class GuardedClient::GuardStream final : public compat::StreamBase {
 public:
  explicit GuardStream(GuardedClient& client) : client_(client) {}

  /// Collects, so that head and body leave in one segment; read() sends.
  ssize_t write(const char* data, std::size_t size) override {
    client_.outgoing_.append(data, size);
    return static_cast<ssize_t>(size);
  }

  ssize_t read(char* data, std::size_t size) override {
    if (!client_.outgoing_.empty() && !client_.flush()) return -1;
    while (ready_.empty()) {
      switch (client_.advance()) {
        case ResponseFramer::Progress::kHead:
          head_ = "HTTP/1.1 " + std::to_string(client_.framer_->head().status) + " -\r\n\r\n";
          ready_ = head_;
          break;
        case ResponseFramer::Progress::kBody: ready_ = client_.framer_->body(); break;
        case ResponseFramer::Progress::kDone: return 0;
        case ResponseFramer::Progress::kNeedMore: break;
        case ResponseFramer::Progress::kError: return -1;
      }
    }
    const std::size_t count = std::min(size, ready_.size());
    std::memcpy(data, ready_.data(), count);
    ready_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }

 private:
  GuardedClient& client_;
  std::string head_;
  std::string_view ready_;
};

GuardedClient::GuardedClient(ClientShared shared, bool keeps_alive)
    : ClientBase(shared.origin.host, shared.origin.port), shared_(std::move(shared)), keeps_alive_(keeps_alive) {
  configure();
  set_keep_alive(keeps_alive);
  headers_.emplace("Host", host_header(shared_.origin));
  headers_.emplace("User-Agent", std::string("agentphone-mcp/") + kVersion);
  headers_.emplace("Accept", "application/json");
  headers_.emplace("Accept-Encoding", "identity");
}

GuardedClient::~GuardedClient() {
  connection_.end_tls(false);
}

std::optional<HttpResponse> GuardedClient::run(const HttpRequest& request, CallState& call,
                                               const Streaming* streaming) {
  call_ = &call;
  streaming_ = streaming;
  had_enough_ = false;
  framer_.emplace(streaming == nullptr ? shared_.max_body : std::numeric_limits<std::uint64_t>::max());
  outgoing_.clear();
  unread_ = {};
  dialed_ = false;
  std::optional<HttpResponse> answer;
  try {
    std::string body;
    httplib::Request outgoing = library_request(request);
    outgoing.content_receiver = [&](const char* data, std::size_t size, auto... /*progress*/) {
      return take_piece({data, size}, body);
    };
    httplib::Response incoming;
    httplib::Error error = httplib::Error::Success;
    const bool is_whole = send(outgoing, incoming, error) && framer_->is_done();
    if ((is_whole || had_enough_) && !call.failed()) {
      const ResponseHead& head = framer_->head();
      answer = HttpResponse{.status = head.status,
                            .body = std::move(body),
                            .content_type = head.content_type,
                            .retry_after = head.retry_after};
    } else {
      call.fail(Fault::kLocal, "the HTTP library gave up");
    }
  } catch (const std::exception&) {
    call.fail(Fault::kLocal, "the HTTP library failed");
  }
  // The buffer stays with the client, the key in it must not.
  OPENSSL_cleanse(outgoing_.data(), outgoing_.size());
  outgoing_.clear();
  call_ = nullptr;
  streaming_ = nullptr;
  return answer;
}

bool GuardedClient::take_piece(std::string_view piece, std::string& body) {
  constexpr int kFirstRedirect = 300;
  if (streaming_ != nullptr && framer_->head().status < kFirstRedirect) {
    had_enough_ = !streaming_->on_bytes(piece);
    return !had_enough_;
  }
  if (body.size() + piece.size() > shared_.max_body) {
    call_->fail(Fault::kMalformed, "it is larger than we accept");
    return false;
  }
  if (body.empty() && streaming_ == nullptr) {
    body.reserve(static_cast<std::size_t>(framer_->head().content_length.value_or(0)));
  }
  body.append(piece);
  return true;
}

bool GuardedClient::is_reusable() const {
  return keeps_alive_ && !wake_.is_signalled() && framer_ && framer_->is_done() && !framer_->head().closes &&
         unread_.empty() && is_socket_open() != 0;
}

httplib::Request GuardedClient::library_request(const HttpRequest& request) {
  httplib::Request outgoing;
  outgoing.method = std::string(method_name(request.method));
  outgoing.path = request.target;
  outgoing.headers = headers_;
  outgoing.body = request.body;
  if (streaming_ != nullptr) {
    outgoing.headers.erase("Accept");
    outgoing.headers.emplace("Accept", "text/event-stream");
  }
  if (!request.body.empty()) outgoing.headers.emplace("Content-Type", "application/json");
  if (!request.bearer.empty()) outgoing.headers.emplace("Authorization", "Bearer " + request.bearer.reveal());
  forbid_expect(outgoing);
  return outgoing;
}

socket_t GuardedClient::connect() {
  dialed_ = true;
  connection_ = {};
  platform::UniqueFd fd = dial(shared_.resolver.resolve(*call_), *call_);
  if (!fd.is_open()) {
    if (call_->fault == Fault::kUnreachable) shared_.resolver.forget();
    return INVALID_SOCKET;
  }
  SslPtr ssl;
  if (shared_.origin.tls) {
    ssl = shared_.tls.open(shared_.origin.host, fd.get(), *call_);
    if (!ssl || !handshake(ssl.get(), fd.get(), *call_)) return INVALID_SOCKET;
  }
  connection_ = Connection(fd.get(), std::move(ssl));
  return fd.release();
}

bool GuardedClient::exchange(const std::function<bool(httplib::Stream&)>& converse) {
  call_->stage = Stage::kSend;
  GuardStream stream(*this);
  return converse(stream);
}

bool GuardedClient::flush() {
  const bool sent = connection_.write_all(outgoing_, *call_);
  OPENSSL_cleanse(outgoing_.data(), outgoing_.size());
  outgoing_.clear();
  call_->stage = sent ? Stage::kReceive : Stage::kSend;
  return sent;
}

ResponseFramer::Progress GuardedClient::advance() {
  using Progress = ResponseFramer::Progress;
  Progress progress = framer_->next(unread_);
  if (progress == Progress::kNeedMore) {
    if (streaming_ != nullptr) call_->quiet_until = CallState::Clock::now() + streaming_->idle_limit;
    const std::ptrdiff_t received = connection_.read_some(incoming_.data(), incoming_.size(), *call_);
    if (received < 0) return Progress::kError;
    if (received > 0) {
      call_->answer_began = true;
      unread_ = {incoming_.data(), static_cast<std::size_t>(received)};
      return Progress::kNeedMore;
    }
    progress = framer_->end_of_input();
    if (progress == Progress::kError) call_->fail(Fault::kBroken, "the connection ended before the answer did");
  }
  if (progress == Progress::kError) call_->fail(Fault::kMalformed, framer_->error());
  return progress;
}

}  // namespace apmcp::http

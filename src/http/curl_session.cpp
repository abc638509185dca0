#include "http/curl_session.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <limits>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>

#include "agentphone_mcp/version.h"

namespace apmcp::http {
namespace {

using TimePoint = CallState::Clock::time_point;

constexpr std::chrono::seconds kLookupLimit{5};
constexpr long kKeepNames = 30;                  // seconds
constexpr long kForever = 24L * 60 * 60 * 1000;  // milliseconds; our own limits end a call

/// Fills the space that the unique_ptr checks for.
template <typename Handle>
Handle* must(Handle* handle) {
  if (handle == nullptr) throw std::runtime_error("libcurl could not be set up");
  return handle;
}

CURLSH* make_share() {
  static const bool is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return must(is_ready ? curl_share_init() : nullptr);
}

std::string url_of(const Origin& origin) {
  const bool is_v6 = origin.host.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + origin.host + "]" : origin.host;
  return (origin.tls ? "https://" : "http://") + host + ":" + std::to_string(origin.port) + "/";
}

/// Milliseconds until `when`, rounded up, 0 when it is past.
int milliseconds_until(TimePoint when) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - CallState::Clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, std::numeric_limits<int>::max()));
}

}  // namespace

CurlShare::CurlShare(Origin to, std::uint64_t largest_body, std::string ca_file)
    : origin(std::move(to)),
      max_body(largest_body),
      url(url_of(origin)),
      trust(origin.host, std::move(ca_file)),
      share_(make_share()) {
  curl_share_setopt(handle(), CURLSHOPT_LOCKFUNC, lock);
  curl_share_setopt(handle(), CURLSHOPT_UNLOCKFUNC, unlock);
  curl_share_setopt(handle(), CURLSHOPT_USERDATA, this);
  curl_share_setopt(handle(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_share_setopt(handle(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

void CurlShare::lock(CURL* /*easy*/, curl_lock_data data, curl_lock_access /*access*/, void* self) {
  static_cast<CurlShare*>(self)->mutexes_.at(data).lock();
}

void CurlShare::unlock(CURL* /*easy*/, curl_lock_data data, void* self) {
  static_cast<CurlShare*>(self)->mutexes_.at(data).unlock();
}

void CurlSession::FreeList::operator()(curl_slist* list) const {
  for (curl_slist* entry = list; entry != nullptr; entry = entry->next) {
    OPENSSL_cleanse(entry->data, std::strlen(entry->data));
  }
  curl_slist_free_all(list);
}

template <typename Value>
void CurlSession::set(CURLoption option, Value value) {
  if ((curl_easy_setopt)(easy_.get(), option, value) != CURLE_OK) throw std::runtime_error("libcurl lacks an option");
}

CurlSession::CurlSession(CurlShare& share)
    : share_(share), multi_(must(curl_multi_init())), easy_(must(curl_easy_init())) {
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 1L);
  set(CURLOPT_SHARE, share_.handle());
  set(CURLOPT_NOSIGNAL, 1L);
  // One origin, and no way round it.
  set(CURLOPT_URL, share_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, share_.origin.tls ? "https" : "http");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  // Chunks are passed on as they came, for a stricter reader.
  set(CURLOPT_HTTP_TRANSFER_DECODING, 0L);
  set(CURLOPT_USERAGENT, (std::string("agentphone-mcp/") + kVersion).c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, kForever);
  // A lookup that hangs is left to its thread instead of being joined.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_OPENSOCKETFUNCTION, on_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_SOCKOPTFUNCTION, on_socket_options);
  set(CURLOPT_PREREQFUNCTION, on_request);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, on_line);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, on_bytes);
  set(CURLOPT_WRITEDATA, this);
  if (!share_.origin.tls) return;
  set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  // The store comes from Trust; libcurl would read its bundle for every connection.
  set(CURLOPT_CAINFO, nullptr);
  set(CURLOPT_CAPATH, nullptr);
  set(CURLOPT_SSL_CTX_FUNCTION, on_tls);
  set(CURLOPT_SSL_CTX_DATA, this);
}

std::optional<HttpResponse> CurlSession::run(const HttpRequest& request, CallState& call, bool reuse,
                                             const Streaming* streaming) {
  call_ = &call;
  streaming_ = streaming;
  reader_.emplace(streaming == nullptr ? share_.max_body : std::numeric_limits<std::uint64_t>::max());
  body_.clear();
  addresses_.clear();
  had_enough_ = has_dialed_ = is_reusable_ = false;

  const HeaderList headers = prepare(request, streaming != nullptr);
  set(CURLOPT_FRESH_CONNECT, reuse ? 0L : 1L);
  set(CURLOPT_DNS_CACHE_TIMEOUT, share_.is_name_stale.exchange(false) ? 0L : kKeepNames);
  if (call.stop.stop_requested()) call.fail(Fault::kStopped, "cancelled");
  CURLcode code = call.failed() ? CURLE_ABORTED_BY_CALLBACK : transfer();
  if (!call.failed() && !addresses_.empty()) {
    // libcurl had no connection: it offered all addresses, and was refused each.
    connected_ = dial(addresses_, call, [this](auto watched, auto until) { return wait(watched, until); });
    if (connected_.is_open()) {
      has_dialed_ = true;
      code = transfer();
    }
  }
  connected_.reset();
  note_progress(request);
  if (!had_enough_) note_failure(code);
  if (call.fault == Fault::kUnreachable) share_.is_name_stale = true;
  set(CURLOPT_HTTPHEADER, nullptr);
  call_ = nullptr;
  if (call.failed()) return std::nullopt;
  is_reusable_ = reader_->may_reuse() && !had_enough_;
  const AnswerHead& head = reader_->head();
  return HttpResponse{.status = head.status,
                      .body = std::move(body_),
                      .content_type = head.content_type,
                      .retry_after = head.retry_after};
}

CurlSession::HeaderList CurlSession::prepare(const HttpRequest& request, bool is_stream) {
  HeaderList list;
  const auto add = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  };
  add(is_stream ? "Accept: text/event-stream" : "Accept: application/json");
  add("Accept-Encoding: identity");
  add("Expect:");
  add(request.body.empty() ? "Content-Type:" : "Content-Type: application/json");
  if (!request.bearer.empty()) {
    std::string line = "Authorization: Bearer " + request.bearer.reveal();
    add(line);
    OPENSSL_cleanse(line.data(), line.size());
  }
  set(CURLOPT_HTTPHEADER, list.get());
  set(CURLOPT_REQUEST_TARGET, request.target.c_str());
  const bool has_body = !request.body.empty() || request.method == Method::kPost || request.method == Method::kPatch;
  if (has_body) {
    set(CURLOPT_POSTFIELDS, request.body.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
  const bool is_usual = request.method == Method::kGet || request.method == Method::kPost;
  set(CURLOPT_CUSTOMREQUEST, is_usual ? nullptr : std::string(method_name(request.method)).c_str());
  return list;
}

CURLcode CurlSession::transfer() {
  call_->phase = {.until = CallState::Clock::now() + kLookupLimit,
                  .fault = Fault::kUnreachable,
                  .detail = "name lookup gave no answer"};
  std::optional<CURLcode> result;
  CURLMcode trouble = curl_multi_add_handle(multi_.get(), easy_.get());
  do {
    int running = 0;
    int queued = 0;
    if (trouble == CURLM_OK) trouble = curl_multi_perform(multi_.get(), &running);
    if (trouble != CURLM_OK) call_->fail(Fault::kLocal, curl_multi_strerror(trouble));
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &queued)) {
      if (message->msg == CURLMSG_DONE) result = message->data.result;
    }
  } while (!result && wait({}, TimePoint::max()));
  call_->phase = {};
  curl_multi_remove_handle(multi_.get(), easy_.get());
  return result.value_or(CURLE_ABORTED_BY_CALLBACK);
}

bool CurlSession::wait(std::span<curl_waitfd> others, TimePoint until) {
  CallState& call = *call_;
  const bool runs_on = call.is_write && call.bytes_sent > 0;
  if (call.stop.stop_requested() && !runs_on) call.fail(Fault::kStopped, "cancelled");
  const TimePoint now = CallState::Clock::now();
  if (now >= call.phase.until) call.fail(call.phase.fault, call.phase.detail);
  if (now >= call.deadline) call.fail(Fault::kDeadline, "no whole answer in time");
  if (call.failed()) return false;
  const int timeout = milliseconds_until(std::min({until, call.phase.until, call.deadline}));
  const auto trouble =
      curl_multi_poll(multi_.get(), others.data(), static_cast<unsigned>(others.size()), timeout, nullptr);
  if (trouble != CURLM_OK) call.fail(Fault::kLocal, curl_multi_strerror(trouble));
  return !call.failed();
}

void CurlSession::note_progress(const HttpRequest& request) {
  long head = 0;
  curl_off_t body = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &head);
  curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &body);
  if (call_->bytes_sent == 0) return;
  call_->bytes_sent = std::max(call_->bytes_sent, static_cast<std::uint64_t>(head + body));
  const bool is_sent = head > 0 && static_cast<std::uint64_t>(body) >= request.body.size();
  call_->stage = is_sent ? Stage::kReceive : Stage::kSend;
}

void CurlSession::note_failure(CURLcode code) {
  const auto fail = [this](Fault fault, std::string detail) { call_->fail(fault, std::move(detail)); };
  switch (code) {
    case CURLE_OK: {
      const bool is_closed = !share_.origin.tls || call_->is_tls_closed;
      if (reader_->is_whole() || (reader_->ends_with_connection() && is_closed)) return;
      return fail(Fault::kBroken, "the connection ended before the answer did");
    }
    case CURLE_COULDNT_RESOLVE_HOST:
      return fail(Fault::kUnreachable, "name lookup failed: " + std::string(curl_easy_strerror(code)));
    case CURLE_COULDNT_CONNECT: return fail(Fault::kUnreachable, curl_easy_strerror(code));
    case CURLE_PEER_FAILED_VERIFICATION: return fail(Fault::kTls, "its certificate is not acceptable");
    case CURLE_SSL_CONNECT_ERROR: return fail(Fault::kBroken, "the connection broke off during the TLS handshake");
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE: return fail(Fault::kBroken, "the connection ended before the answer did");
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return fail(Fault::kBroken, "the connection broke off");
    default: return fail(call_->bytes_sent > 0 ? Fault::kMalformed : Fault::kLocal, curl_easy_strerror(code));
  }
}

/// No exception passes through libcurl.
template <typename Step>
bool CurlSession::guarded(Step step) {
  try {
    return step();
  } catch (const std::exception&) {
    call_->fail(Fault::kLocal, "out of memory");
    return false;
  }
}

std::size_t CurlSession::on_line(char* data, std::size_t size, std::size_t count, void* self) {
  auto& session = *static_cast<CurlSession*>(self);
  return session.guarded([&] { return session.take_line({data, size * count}); }) ? size * count : 0;
}

std::size_t CurlSession::on_bytes(char* data, std::size_t size, std::size_t count, void* self) {
  auto& session = *static_cast<CurlSession*>(self);
  return session.guarded([&] { return session.take_bytes({data, size * count}); }) ? size * count : 0;
}

bool CurlSession::take_line(std::string_view line) {
  if (streaming_ != nullptr) call_->phase.until = CallState::Clock::now() + streaming_->idle_limit;
  const bool taken = reader_->take_line(line);
  if (!taken) call_->fail(Fault::kMalformed, reader_->error());
  return taken;
}

bool CurlSession::take_bytes(std::string_view bytes) {
  if (streaming_ != nullptr) call_->phase.until = CallState::Clock::now() + streaming_->idle_limit;
  const bool taken = reader_->take_bytes(bytes, [this](std::string_view piece) { return take_piece(piece); });
  if (!reader_->error().empty()) call_->fail(Fault::kMalformed, reader_->error());
  return taken;
}

bool CurlSession::take_piece(std::string_view piece) {
  constexpr int kFirstRedirect = 300;
  const AnswerHead& head = reader_->head();
  if (streaming_ != nullptr && head.status < kFirstRedirect) {
    had_enough_ = !streaming_->on_bytes(piece);
    return !had_enough_;
  }
  if (body_.size() + piece.size() > share_.max_body) {
    call_->fail(Fault::kMalformed, "it is larger than we accept");
    return false;
  }
  if (body_.empty() && streaming_ == nullptr) body_.reserve(static_cast<std::size_t>(head.content_length.value_or(0)));
  body_.append(piece);
  return true;
}

/// Called with the connection established, before the first byte of the request.
int CurlSession::on_request(void* self, char* /*to_ip*/, char* /*from_ip*/, int /*to_port*/, int /*from_port*/) {
  auto& session = *static_cast<CurlSession*>(self);
  CallState& call = *session.call_;
  // libcurl repeats a request whose kept connection died. A write is never repeated.
  if (call.is_write && call.bytes_sent > 0) call.fail(Fault::kBroken, "the connection broke off");
  if (call.stop.stop_requested()) call.fail(Fault::kStopped, "cancelled");
  if (call.failed()) return CURL_PREREQFUNC_ABORT;
  call.bytes_sent = 1;
  call.phase = {};
  if (session.streaming_ != nullptr) {
    call.phase = {.until = CallState::Clock::now() + session.streaming_->idle_limit,
                  .fault = Fault::kBroken,
                  .detail = "the stream fell silent"};
  }
  return CURL_PREREQFUNC_OK;
}

/// Hands over the connection that dial() made. Before there is one it collects the addresses: CURL_SOCKET_BAD makes
/// libcurl go on to the next.
curl_socket_t CurlSession::on_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& session = *static_cast<CurlSession*>(self);
  CallState& call = *session.call_;
  call.phase = {};
  if (session.connected_.is_open()) return session.connected_.release();
  if (call.is_write && call.bytes_sent > 0) {
    call.fail(Fault::kBroken, "the connection broke off");
  } else {
    // Set here, because libcurl drops names that are too old also after the lookup.
    (curl_easy_setopt)(session.easy_.get(), CURLOPT_DNS_CACHE_TIMEOUT, kKeepNames);
    Address copy;
    copy.length = std::min<socklen_t>(address->addrlen, sizeof copy.storage);
    std::memcpy(&copy.storage, &address->addr, copy.length);
    session.guarded([&] {
      session.addresses_.push_back(copy);
      return true;
    });
  }
  return CURL_SOCKET_BAD;
}

int CurlSession::on_socket_options(void* /*self*/, curl_socket_t /*fd*/, curlsocktype /*purpose*/) {
  return CURL_SOCKOPT_ALREADY_CONNECTED;
}

CURLcode CurlSession::on_tls(CURL* /*easy*/, void* context, void* self) {
  auto& session = *static_cast<CurlSession*>(self);
  const bool applied = session.share_.trust.apply(static_cast<SSL_CTX*>(context), session.call_);
  return applied ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

}  // namespace apmcp::http

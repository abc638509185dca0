#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "http/http_transport.h"

namespace apmcp::test {

/// What a ScriptedTransport was asked to send. The key is kept as text so that a test can compare it.
struct SentRequest {
  http::Method method = http::Method::kGet;
  std::string target;
  std::string body;
  std::string bearer;  ///< empty when no key was sent
  std::chrono::milliseconds timeout{0};

  /// "POST /v1/messages", the way a test says what it expects.
  [[nodiscard]] std::string line() const {
    switch (method) {
      case http::Method::kGet: return "GET " + target;
      case http::Method::kPost: return "POST " + target;
      case http::Method::kPatch: return "PATCH " + target;
      case http::Method::kDelete: return "DELETE " + target;
    }
    return target;
  }
};

/// Answers requests from a script, one step each, in order, and keeps what it was asked. A request beyond the script
/// gets kInternal with "script exhausted", which no test expects, so that one request too many fails the test.
/// Thread-safe. Nothing is retried here: the number of requests is the number of times the adapter sent.
class ScriptedTransport final : public http::HttpTransport {
 public:
  /// The next request gets this JSON body.
  ScriptedTransport& answer(int status, std::string body = {}, std::string retry_after = {}) {
    return respond({.status = status,
                    .body = std::move(body),
                    .content_type = "application/json",
                    .retry_after = std::move(retry_after)});
  }

  /// The next request gets exactly this.
  ScriptedTransport& respond(http::HttpResponse response) {
    const std::lock_guard lock(mutex_);
    script_.emplace_back(std::move(response));
    return *this;
  }

  /// The next request fails on the way, as http_transport.h describes.
  ScriptedTransport& fail(ErrorCode code, std::string stage = "connect", int bytes_sent = 0) {
    const std::lock_guard lock(mutex_);
    script_.emplace_back(Error{.code = code,
                               .message = "scripted failure",
                               .data = {{"stage", std::move(stage)}, {"bytes_sent", bytes_sent}}});
    return *this;
  }

  Result<http::HttpResponse> send(const http::HttpRequest& request, const http::CallOptions& options) override {
    const std::lock_guard lock(mutex_);
    sent_.push_back({request.method, request.target, request.body, request.bearer.reveal(), options.timeout});
    if (script_.empty()) return Error{.code = ErrorCode::kInternal, .message = "script exhausted"};
    Result<http::HttpResponse> next = std::move(script_.front());
    script_.pop_front();
    return next;
  }

  /// The next request is answered by a stream of these bytes, in two pieces, which then ends.
  ScriptedTransport& stream_body(std::string bytes) {
    return respond({.status = 200, .body = std::move(bytes), .content_type = "text/event-stream", .retry_after = {}});
  }

  /// Takes the next step of the script like send(); the body of a 2xx goes to `on_bytes`.
  Result<http::HttpResponse> stream(const http::HttpRequest& request, const http::CallOptions& options,
                                    const http::BodySink& on_bytes) override {
    auto response = send(request, options);
    if (!response || response->status >= 300) return response;
    const std::string bytes = std::exchange(response->body, {});
    const std::size_t half = bytes.size() / 2;
    if (on_bytes(std::string_view(bytes).substr(0, half))) on_bytes(std::string_view(bytes).substr(half));
    return response;
  }

  [[nodiscard]] std::vector<SentRequest> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return sent_.size();
  }

  /// The last request; an empty one when nothing was sent.
  [[nodiscard]] SentRequest last() const {
    const std::lock_guard lock(mutex_);
    return sent_.empty() ? SentRequest{} : sent_.back();
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Result<http::HttpResponse>> script_;  // guarded by mutex_
  std::vector<SentRequest> sent_;                  // guarded by mutex_
};

}  // namespace apmcp::test

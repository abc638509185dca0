#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "http/http_transport.h"

namespace apmcp::test {

/// Answers by route instead of by order, because one tool may ask several things at once. "GET /v1/agents" matches that
/// path with any query. A route without an answer is a 404, as for an unknown id. Thread-safe.
class RoutedUpstream final : public http::HttpTransport {
 public:
  /// From now on the route answers this.
  RoutedUpstream& on(const std::string& route, std::string body, int status = 200) {
    const std::lock_guard lock(mutex_);
    routes_.insert_or_assign(
        route, Result<http::HttpResponse>(
                   http::HttpResponse{.status = status, .body = std::move(body), .content_type = "application/json"}));
    return *this;
  }

  /// From now on the route fails on the way.
  RoutedUpstream& fail(const std::string& route, ErrorCode code) {
    const std::lock_guard lock(mutex_);
    routes_.insert_or_assign(route, Result<http::HttpResponse>(Error{.code = code, .message = "scripted failure"}));
    return *this;
  }

  Result<http::HttpResponse> send(const http::HttpRequest& request, const http::CallOptions& /*options*/) override {
    const std::string line = std::string(name(request.method)) + " " + request.target;
    if (when_asked) when_asked(line);
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    bodies_.push_back(request.body);
    last_key_ = request.bearer.reveal();
    if (!http::is_read(request.method)) ++writes_;
    const auto found = routes_.find(line.substr(0, line.find('?')));
    if (found != routes_.end()) return found->second;
    return http::HttpResponse{.status = 404, .body = R"({"detail":"Not found"})", .content_type = "application/json"};
  }

  /// Nothing streams here, but that it was tried is kept.
  Result<http::HttpResponse> stream(const http::HttpRequest& request, const http::CallOptions& options,
                                    const http::BodySink& /*on_bytes*/) override {
    return send(request, options);
  }

  /// "POST /v1/messages", in the order of arrival.
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  /// The body of the last request, as text.
  [[nodiscard]] std::string last_body() const {
    const std::lock_guard lock(mutex_);
    return bodies_.empty() ? std::string() : bodies_.back();
  }

  /// The key that the last request was made with.
  [[nodiscard]] std::string last_key() const {
    const std::lock_guard lock(mutex_);
    return last_key_;
  }

  /// Everything that was asked, one line per request with its body; equal for equal behaviour.
  [[nodiscard]] std::string log() const {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (std::size_t i = 0; i < lines_.size(); ++i) all += lines_[i] + " " + bodies_[i] + "\n";
    return all;
  }

  [[nodiscard]] std::size_t writes() const {
    const std::lock_guard lock(mutex_);
    return writes_;
  }

  /// Called with each line before it is answered. Set it before anything is asked.
  std::function<void(const std::string& line)> when_asked;

 private:
  static std::string_view name(http::Method method) {
    switch (method) {
      case http::Method::kGet: return "GET";
      case http::Method::kPost: return "POST";
      case http::Method::kPatch: return "PATCH";
      case http::Method::kDelete: return "DELETE";
    }
    return "?";
  }

  mutable std::mutex mutex_;
  std::map<std::string, Result<http::HttpResponse>> routes_;  // guarded by mutex_
  std::vector<std::string> lines_, bodies_;                   // guarded by mutex_
  std::string last_key_;                                      // guarded by mutex_
  std::size_t writes_ = 0;                                    // guarded by mutex_
};

}  // namespace apmcp::test

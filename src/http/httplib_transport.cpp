#include "http/httplib_transport.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "base/log.h"
#include "http/client_pool.h"
#include "http/send_error.h"
#include "http/transport_seams.h"

namespace apmcp::http {
namespace {

using std::chrono::milliseconds;

/// Keeps the sum with the clock from overflowing.
constexpr std::chrono::hours kLongestCall{24};

/// Repeats of a write whose first byte never left.
constexpr int kWriteRepeats = 2;

bool is_visible_ascii(char c) {
  return c > 0x20 && c < 0x7f;
}

/// What must not go on the wire, whoever made it. nullopt when all is well.
std::optional<Error> refuse_request(const HttpRequest& request, const Origin& origin) {
  const std::string& target = request.target;
  const bool is_clean = target.starts_with('/') && std::all_of(target.begin(), target.end(), is_visible_ascii) &&
                        target.find('#') == std::string::npos;
  if (!is_clean) {
    return Error{.code = ErrorCode::kInternal, .message = "The request could not be built."};
  }
  const std::string& key = request.bearer.reveal();
  if (!std::all_of(key.begin(), key.end(), is_visible_ascii)) {
    return Error{.code = ErrorCode::kUnauthorized,
                 .message = "The API key holds a blank or a character that no key has.",
                 .next_step = "Copy the key again, without line ends or quotes."};
  }
  if (Status allowed = check_key_for_origin(key, origin); !allowed) return std::move(allowed).error();
  return std::nullopt;
}

class HttplibTransport final : public HttpTransport {
 public:
  HttplibTransport(TransportOptions options, TransportSeams seams)
      : origin_(options.origin),
        read_repeats_(options.read_retries),
        delays_(seams.delays),
        stream_idle_(seams.stream_idle),
        resolver_(options.origin.host, options.origin.port, std::move(seams.lookup)),
        tls_(std::move(options.ca_file)),
        pool_({options.origin, options.max_body, resolver_, tls_}, options.pool_size, seams.idle_limit) {}

  Result<HttpResponse> send(const HttpRequest& request, const CallOptions& options) override {
    try {
      if (auto refused = refuse_request(request, origin_)) return std::move(*refused);
      return send_and_repeat(request, options);
    } catch (const std::exception&) {
      // Out of memory around a call. What was sent is not known here, so a write is assumed to have left.
      return Error{.code = is_read(request.method) ? ErrorCode::kInternal : ErrorCode::kOutcomeUnknown,
                   .message = "The request failed for lack of resources."};
    }
  }

  Result<HttpResponse> stream(const HttpRequest& request, const CallOptions& options,
                              const BodySink& on_bytes) override {
    try {
      if (!is_read(request.method)) return Error{.code = ErrorCode::kInternal, .message = "Only a read is streamed."};
      if (auto refused = refuse_request(request, origin_)) return std::move(*refused);
      const auto deadline = CallState::Clock::now() + std::min<milliseconds>(options.timeout, kLongestCall);
      const GuardedClient::Streaming streaming{.on_bytes = on_bytes, .idle_limit = stream_idle_};
      // A connection of its own: it is busy for minutes, and seldom ends so that it could be used again.
      return outcome(request.method, exchange(pool_.fresh(), request, options, deadline, &streaming));
    } catch (const std::exception&) {
      return Error{.code = ErrorCode::kInternal, .message = "The request failed for lack of resources."};
    }
  }

 private:
  struct Attempt {
    std::optional<HttpResponse> answer;
    CallState call;
  };

  Result<HttpResponse> send_and_repeat(const HttpRequest& request, const CallOptions& options) {
    const auto deadline = CallState::Clock::now() + std::min<milliseconds>(options.timeout, kLongestCall);
    RetryPlan plan(is_read(request.method) ? read_repeats_ : kWriteRepeats, delays_);
    for (;;) {
      Attempt attempt = try_once(request, options, deadline);
      const auto wait = wait_before_repeat(request.method, attempt, plan);
      const bool fits = wait && CallState::Clock::now() + *wait < deadline;
      if (!fits) return outcome(request.method, std::move(attempt));
      log::debug("http.repeat",
                 {{"after", attempt.answer ? std::to_string(attempt.answer->status) : attempt.call.detail},
                  {"wait_ms", std::to_string(wait->count())}});
      if (!pause(*wait, options.stop)) {
        attempt.answer.reset();
        attempt.call.fault = Fault::kStopped;
        return outcome(request.method, std::move(attempt));
      }
    }
  }

  Attempt try_once(const HttpRequest& request, const CallOptions& options, CallState::Clock::time_point deadline) {
    if (!is_read(request.method)) return exchange(pool_.fresh(), request, options, deadline);
    for (;;) {
      const ClientPool::Lease lease = pool_.lease();
      Attempt attempt = exchange(lease, request, options, deadline);
      // The peer closed an idle connection while we took it up: for a read that is no failure, and the next client
      // is another one. Every turn uses up a pooled connection, so this ends.
      const bool was_stale =
          attempt.call.fault == Fault::kBroken && !attempt.call.answer_began && lease->reused_connection();
      if (!was_stale) return attempt;
    }
  }

  static Attempt exchange(const ClientPool::Lease& lease, const HttpRequest& request, const CallOptions& options,
                          CallState::Clock::time_point deadline, const GuardedClient::Streaming* streaming = nullptr) {
    Attempt attempt;
    attempt.call.deadline = deadline;
    attempt.call.stop = options.stop;
    attempt.call.wake = &lease->wake();
    attempt.call.is_write = !is_read(request.method);
    const std::stop_callback on_stop(options.stop, [&] { lease->wake().signal(); });
    attempt.answer = lease->run(request, attempt.call, streaming);
    return attempt;
  }

  /// How long to wait before trying again; nullopt when the attempt stands.
  static std::optional<milliseconds> wait_before_repeat(Method method, const Attempt& attempt, RetryPlan& plan) {
    if (attempt.answer) {
      if (!is_read(method) || !is_passing_status(attempt.answer->status)) return std::nullopt;
      return plan.next(parse_retry_after(attempt.answer->retry_after, std::chrono::system_clock::now()));
    }
    const CallState& call = attempt.call;
    const bool passes = call.fault == Fault::kUnreachable || call.fault == Fault::kBroken;
    const bool is_safe = is_read(method) || call.bytes_sent == 0;
    return passes && is_safe ? plan.next(std::nullopt) : std::nullopt;
  }

  Result<HttpResponse> outcome(Method method, Attempt attempt) const {
    if (attempt.answer) return std::move(*attempt.answer);
    return send_error(method, origin_.host, attempt.call);
  }

  /// False when `stop` fired meanwhile.
  static bool pause(milliseconds wait, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, wait, [] { return false; });
    return !stop.stop_requested();
  }

  const Origin origin_;
  const int read_repeats_;
  const RetryPlan::Delays delays_;
  const milliseconds stream_idle_;
  Resolver resolver_;
  TlsContext tls_;
  ClientPool pool_;
};

}  // namespace

std::unique_ptr<HttpTransport> make_httplib_transport(TransportOptions options) {
  return make_httplib_transport(std::move(options), TransportSeams{});
}

std::unique_ptr<HttpTransport> make_httplib_transport(TransportOptions options, TransportSeams seams) {
  return std::make_unique<HttplibTransport>(std::move(options), std::move(seams));
}

}  // namespace apmcp::http

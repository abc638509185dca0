#include "http/curl_transport.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "http/curl_session.h"
#include "http/retry.h"
#include "http/send_error.h"
#include "http/transport_seams.h"

namespace apmcp::http {
namespace {

using std::chrono::milliseconds;

/// Keeps the sum with the clock from overflowing.
constexpr std::chrono::hours kLongestCall{24};

/// Repeats of a write whose first byte never left.
constexpr int kWriteRepeats = 2;
constexpr std::chrono::minutes kDistrust{10};

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

class CurlTransport final : public HttpTransport {
 public:
  CurlTransport(TransportOptions options, const TransportSeams& seams)
      : read_repeats_(options.read_retries),
        pool_size_(options.pool_size),
        delays_(seams.delays),
        idle_limit_(seams.idle_limit),
        write_idle_limit_(std::min(seams.idle_limit, seams.write_idle_limit)),
        stream_idle_(seams.stream_idle),
        share_(std::move(options.origin), options.max_body, std::move(options.ca_file)) {}

  Result<HttpResponse> send(const HttpRequest& request, const CallOptions& options) override {
    try {
      if (auto refused = refuse_request(request, share_.origin)) return std::move(*refused);
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
      if (auto refused = refuse_request(request, share_.origin)) return std::move(*refused);
      const auto deadline = CallState::Clock::now() + std::min<milliseconds>(options.timeout, kLongestCall);
      const CurlSession::Streaming streaming{.on_bytes = on_bytes, .idle_limit = stream_idle_};
      // A connection of its own: it is busy for minutes, and seldom ends so that it could be used again.
      CurlSession session(share_);
      return outcome(request.method, exchange(session, false, request, options, deadline, &streaming));
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
    Idle idle = take_idle();
    const bool is_young = idle.session && CallState::Clock::now() - idle.since < write_idle_limit_;
    const bool closes_early = CallState::Clock::now() - closed_early_.load() < kDistrust;
    const bool reuse = idle.session && (is_read(request.method) || (is_young && !closes_early));
    if (!idle.session) {
      try {
        idle.session = std::make_unique<CurlSession>(share_);
      } catch (const std::exception& error) {
        Attempt attempt;
        attempt.call.fail(Fault::kLocal, error.what());  // nothing was sent
        return attempt;
      }
    }
    Attempt attempt = exchange(*idle.session, reuse, request, options, deadline);
    const bool was_closed = idle.session->has_dialed() || attempt.call.fault == Fault::kBroken;
    if (reuse && is_young && was_closed) closed_early_ = CallState::Clock::now();
    if (idle.session->is_reusable()) give_back(std::move(idle.session));
    return attempt;
  }

  static Attempt exchange(CurlSession& session, bool reuse, const HttpRequest& request, const CallOptions& options,
                          CallState::Clock::time_point deadline, const CurlSession::Streaming* streaming = nullptr) {
    Attempt attempt;
    attempt.call.deadline = deadline;
    attempt.call.stop = options.stop;
    attempt.call.is_write = !is_read(request.method);
    try {
      const std::stop_callback on_stop(options.stop, [&session] { session.wake(); });
      attempt.answer = session.run(request, attempt.call, reuse, streaming);
    } catch (const std::exception& error) {
      attempt.call.fail(Fault::kLocal, error.what());
    }
    return attempt;
  }

  struct Idle {
    std::unique_ptr<CurlSession> session;
    CallState::Clock::time_point since;
  };

  /// The session used last, whose connection is the most likely one to be alive. Nothing when that is too old.
  Idle take_idle() {
    std::vector<Idle> expired;  // closed after the lock is released
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return {};
    const auto oldest = CallState::Clock::now() - idle_limit_;
    const auto fresh = std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) { return idle.since >= oldest; });
    std::move(idle_.begin(), fresh, std::back_inserter(expired));
    idle_.erase(idle_.begin(), fresh);
    if (idle_.empty()) return {};
    Idle latest = std::move(idle_.back());
    idle_.pop_back();
    return latest;
  }

  void give_back(std::unique_ptr<CurlSession> session) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < pool_size_) idle_.push_back({.session = std::move(session), .since = CallState::Clock::now()});
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
    return send_error(method, share_.origin.host, attempt.call);
  }

  /// False when `stop` fired meanwhile.
  static bool pause(milliseconds wait, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, wait, [] { return false; });
    return !stop.stop_requested();
  }

  const int read_repeats_;
  const std::size_t pool_size_;
  const RetryPlan::Delays delays_;
  const milliseconds idle_limit_;
  const milliseconds write_idle_limit_;
  const milliseconds stream_idle_;
  CurlShare share_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  // guarded by mutex_; longest idle first
  /// When the peer last closed a connection within write_idle_limit_. For kDistrust, writes get new connections.
  std::atomic<CallState::Clock::time_point> closed_early_{CallState::Clock::time_point{} - kDistrust};
};

}  // namespace

std::unique_ptr<HttpTransport> make_curl_transport(TransportOptions options) {
  return make_curl_transport(std::move(options), TransportSeams{});
}

std::unique_ptr<HttpTransport> make_curl_transport(TransportOptions options, TransportSeams seams) {
  return std::make_unique<CurlTransport>(std::move(options), seams);
}

}  // namespace apmcp::http

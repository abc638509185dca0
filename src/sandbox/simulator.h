#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/http_transport.h"
#include "sandbox/operations.h"
#include "sandbox/webhook_post.h"
#include "sandbox/world.h"

namespace apmcp::sandbox {

/// What a request to the service may carry.
inline constexpr std::size_t kMaxBody = std::size_t{1} << 20;  ///< of a request, bytes

struct SimulatorOptions {
  /// Called, outside every lock, with a mailbox and the code sent to it. Empty: codes are in the mailbox only.
  std::function<void(const std::string& email, const std::string& code)> log_codes;
  std::string seed_key;           ///< opens one account for this key at once; empty for none
  std::size_t number_limit = 10;  ///< numbers an account may hold
  std::int64_t starting_balance_cents = 10'000;
  bool throttle = true;  ///< answer 429 beyond the service's rates
  RandomSource random = system_random();
  WebhookPost post = post_to_loopback;  ///< how webhook events leave
  const Clock* wall = nullptr;          ///< time in webhook signatures; nullptr: the system's clock. Outlives us
};

/// A request as it came over the wire.
struct WireRequest {
  std::string method;  ///< upper case
  std::string target;  ///< path and query, percent-encoded
  std::string body;
  std::string authorization;  ///< whole header value
};

/// The same request, as it would come over the wire.
WireRequest on_the_wire(const http::HttpRequest& request);

/// A transcript stream under way.
struct Following {
  std::string account_id, call_id;
  int events_left = -1;        ///< until a fault cuts it; -1: no fault
  bool greeted = false;        ///< `connected` was sent
  std::set<std::string> told;  ///< ids of the lines that were sent
  TimePoint next_heartbeat;
};

struct WireAnswer {
  int status = 200;
  std::string body;
  std::string retry_after;
  bool cut = false;                  ///< the connection breaks before the answer is whole
  bool gave_up = false;              ///< the caller's stop or time limit came first; nothing else is set
  std::optional<Following> follows;  ///< the body is a transcript stream, to be had piece by piece from next_piece()
};

/// A scripted misbehaviour for requests that match.
struct Fault {
  std::string method;       ///< empty: any
  std::string path_prefix;  ///< empty: any
  int status = 0;           ///< answer this instead; 0: the true answer
  std::string body;         ///< with `status`; empty: {"detail": ...}
  std::string retry_after;
  std::chrono::milliseconds delay{0};  ///< real time, before anything is done
  bool cut = false;                    ///< break the connection instead of answering
  bool commit = false;                 ///< with `status` or `cut`: do what was asked first, then misbehave
  int cut_after_events = -1;           ///< cut a transcript stream after so many events; -1: no cut
  int times = 1;                       ///< how many requests it hits; -1: all
};

/// A request that was seen. Authorization is not kept, and keys in a body are not either.
struct LoggedRequest {
  std::string method, path, target, body, body_sha256;
  int status = 0;  ///< 0: cut or given up before an answer
  TimePoint at;
};

/// An AgentPhone in memory with people in it: all operations of the product brief with their shapes, limits and errors.
/// One object serves the in-process sandbox, the REST server and the tests.
///
/// Time is lazy: every request first lets everything happen that is due on `clock` (turns of calls, answers to texts,
/// retries of webhook events), so that with a clock that stands still everything is deterministic. Webhook events leave
/// only in deliver_due(), which a Runner calls. Thread-safe; one mutex, never held during I/O or a callback.
class Simulator final : public http::HttpTransport {
 public:
  /// `clock` outlives the simulator.
  Simulator(const Clock& clock, SimulatorOptions options);

  /// In-process use. Keys: one from verify, the seeded one, or any other "sk_test_..." key, which gets a fresh account.
  Result<http::HttpResponse> send(const http::HttpRequest& request, const http::CallOptions& options) override;

  /// The same for a request off the wire. A fault's delay ends early on `stop`; `limit` is the caller's patience.
  WireAnswer handle(const WireRequest& request, const std::stop_token& stop, std::chrono::milliseconds limit);

  /// A transcript stream in this process.
  Result<http::HttpResponse> stream(const http::HttpRequest& request, const http::CallOptions& options,
                                    const http::BodySink& on_bytes) override;

  struct Piece {
    std::string text;      ///< events, or a heartbeat
    bool is_last = false;  ///< the stream ends in order
    bool cut = false;      ///< the stream breaks: a fault, `stop`, or the end of `limit`
  };

  /// Waits for what comes next in a transcript stream.
  Piece next_piece(Following& following, const std::stop_token& stop, std::chrono::steady_clock::time_point limit);

  /// When something will happen on its own; absent while nothing is planned.
  [[nodiscard]] std::optional<TimePoint> next_due() const;

  /// Lets everything happen that is due, then posts the webhook events that wait. Blocks for their I/O.
  void deliver_due(const std::stop_token& stop = {});

  /// Blocks until something is due or `stop` fires. True when something is due.
  bool wait_until_due(const std::stop_token& stop);

  // What the control API offers, for tests in the same process.
  std::vector<Mail> mailbox();
  /// False when `to` is no line of any account.
  bool inject_text(const std::string& from, const std::string& to, const std::string& body,
                   const std::vector<std::string>& media = {});
  /// Id of the call, or "" when `to` is no line of any account. `says`: the caller's sentences, or none for usual ones.
  std::string inject_call(const std::string& from, const std::string& to, const std::vector<std::string>& says = {});
  void add_fault(Fault fault);
  void clear_faults();
  std::vector<LoggedRequest> requests() const;
  void clear_requests();

 private:
  struct Matched;
  struct Executed;

  Executed execute(const WireRequest& request, const std::stop_token& stop, std::chrono::milliseconds limit);
  bool await_change(std::unique_lock<std::mutex>& lock, TimePoint until, const std::stop_token& stop,
                    std::chrono::steady_clock::time_point limit);
  std::optional<Reply> enter(const WireRequest& request, const Route& route, Context& in);
  std::optional<Reply> authorise(const WireRequest& request, const Route& route, Context& in);
  std::optional<Reply> throttle(const Route& route, const std::string& caller);
  std::optional<Fault> take_fault(const std::string& method, std::string_view path);
  bool pause(std::chrono::milliseconds delay, const std::stop_token& stop, std::chrono::milliseconds limit);
  void log_request(const WireRequest& request, int status);
  void settle();

  const Clock& clock_;
  SystemClock system_clock_;
  const SimulatorOptions options_;
  const Clock& wall_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  World world_;
  std::vector<Fault> faults_;
  std::deque<LoggedRequest> log_;
  std::map<std::pair<const Route*, std::string>, std::deque<TimePoint>> recent_;  ///< per operation and caller
};

}  // namespace apmcp::sandbox

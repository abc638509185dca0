#include "sandbox/simulator.h"

#include <algorithm>
#include <array>

#include <openssl/sha.h>

#include "base/json_parse.h"
#include "base/redact.h"
#include "sandbox/deliveries.h"
#include "sandbox/happenings.h"
#include "sandbox/target.h"

namespace apmcp::sandbox {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kLogSize = 2'000;
constexpr std::chrono::seconds kThrottleWindow{60};
constexpr std::chrono::hours kLongestHold{24};
/// A runner looks again after this, whatever its clock says about the next event.
constexpr std::chrono::nanoseconds kLongestWait = std::chrono::hours{1};

std::string sha256_hex(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string hex;
  for (const unsigned char byte : digest) {
    hex.push_back(kHex[byte >> 4U]);
    hex.push_back(kHex[byte & 0x0FU]);
  }
  return hex;
}

/// The key of "Bearer KEY"; empty when the header is something else.
std::string_view bearer_of(std::string_view header) {
  constexpr std::string_view kScheme = "bearer ";
  if (header.size() <= kScheme.size()) return {};
  const bool same = std::equal(kScheme.begin(), kScheme.end(), header.begin(), [](char want, char have) {
    return want == (have >= 'A' && have <= 'Z' ? have + 32 : have);
  });
  return same ? header.substr(kScheme.size()) : std::string_view();
}

/// The request's object, read into `body`; or why it is none.
std::optional<Reply> read_body(const std::string& text, const Route& route, Json& body) {
  body = Json::object();
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    if (!route.body_required) return std::nullopt;
    return invalid({{.where = {"body"}, .message = "Field required", .type = "missing"}});
  }
  Result<Json> parsed = parse_json(text);
  if (!parsed) return invalid({{.where = {"body"}, .message = "JSON decode error", .type = "json_invalid"}});
  body = std::move(*parsed);
  return std::nullopt;
}

Error broken(const http::HttpRequest& request, std::string_view what, bool timed_out) {
  const bool read = http::is_read(request.method);
  const ErrorCode code = !read       ? ErrorCode::kOutcomeUnknown
                         : timed_out ? ErrorCode::kTimeout
                                     : ErrorCode::kUpstreamDown;
  return {
      .code = code, .message = std::string(what), .data = {{"stage", "receive"}, {"bytes_sent", request.body.size()}}};
}

WireAnswer answer_from(const Reply& reply) {
  return {.status = reply.status, .body = dump_json(reply.body), .retry_after = reply.retry_after};
}

WireAnswer answer_from(const Fault& fault) {
  WireAnswer answer{.status = fault.status, .body = fault.body, .retry_after = fault.retry_after, .cut = fault.cut};
  if (answer.body.empty()) answer.body = dump_json({{"detail", "Scripted fault."}});
  return answer;
}

}  // namespace

WireRequest on_the_wire(const http::HttpRequest& request) {
  WireRequest wire{
      .method = std::string(http::method_name(request.method)), .target = request.target, .body = request.body};
  if (!request.bearer.empty()) wire.authorization = "Bearer " + request.bearer.reveal();
  return wire;
}

/// What came of an operation, before any fault.
struct Simulator::Executed {
  WireAnswer answer;
  std::optional<Mail> code_sent;
};

Simulator::Simulator(const Clock& clock, SimulatorOptions options)
    : clock_(clock),
      options_(std::move(options)),
      wall_(options_.wall == nullptr ? static_cast<const Clock&>(system_clock_) : *options_.wall),
      world_(options_.random, options_.number_limit, options_.starting_balance_cents) {
  world_.settle(clock_.now());
  if (!options_.seed_key.empty()) world_.open_account(options_.seed_key, "", "Sandbox Agent");
}

Result<http::HttpResponse> Simulator::send(const http::HttpRequest& request, const http::CallOptions& options) {
  if (options.stop.stop_requested()) {
    return Error{
        .code = ErrorCode::kCancelled, .message = "Cancelled.", .data = {{"stage", "connect"}, {"bytes_sent", 0}}};
  }
  WireAnswer answer = handle(on_the_wire(request), options.stop, options.timeout);
  if (answer.gave_up && options.stop.stop_requested() && http::is_read(request.method)) {
    return Error{.code = ErrorCode::kCancelled,
                 .message = "Cancelled.",
                 .data = {{"stage", "receive"}, {"bytes_sent", request.body.size()}}};
  }
  if (answer.gave_up) return broken(request, "The sandbox did not answer in time.", true);
  if (answer.cut) return broken(request, "The connection broke before the answer was whole.", false);
  return http::HttpResponse{.status = answer.status,
                            .body = std::move(answer.body),
                            .content_type = "application/json",
                            .retry_after = std::move(answer.retry_after)};
}

WireAnswer Simulator::handle(const WireRequest& request, const std::stop_token& stop, std::chrono::milliseconds limit) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  const std::optional<Fault> fault = take_fault(request.method, path);
  if (fault && fault->delay.count() > 0 && !pause(fault->delay, stop, limit)) {
    if (fault->commit) execute(request, stop, limit);
    log_request(request, 0);
    return {.gave_up = true};
  }
  const bool misbehaves = fault && (fault->status != 0 || fault->cut);
  WireAnswer answer;
  if (!misbehaves || fault->commit) {
    Executed done = execute(request, stop, limit);
    answer = std::move(done.answer);
    if (answer.follows && fault) answer.follows->events_left = fault->cut_after_events;
    if (done.code_sent && options_.log_codes) options_.log_codes(done.code_sent->to, done.code_sent->code);
  }
  if (misbehaves) answer = answer_from(*fault);
  log_request(request, answer.cut || answer.gave_up ? 0 : answer.status);
  changed_.notify_all();
  return answer;
}

Simulator::Executed Simulator::execute(const WireRequest& request, const std::stop_token& stop,
                                       std::chrono::milliseconds limit) {
  const auto patience = steady_clock::now() + std::min<std::chrono::milliseconds>(limit, kLongestHold);
  std::unique_lock lock(mutex_);
  settle();
  Target target = parse_target(request.target);
  RouteMatch match = find_route(request.method, target);
  if (match.route == nullptr) {
    return {answer_from(match.path_known ? refuse(405, "Method Not Allowed") : refuse(404, "Not Found")), std::nullopt};
  }
  Context in{.world = world_,
             .account = nullptr,
             .ids = std::move(match.ids),
             .query = std::move(target.query),
             .body = Json::object(),
             .post = std::nullopt,
             .finish = {},
             .hold_until = std::nullopt,
             .follow_call = {}};
  if (auto refusal = enter(request, *match.route, in)) return {answer_from(*refusal), std::nullopt};
  const std::size_t mails = world_.sign_ups.size();
  Reply reply = match.route->operation(in);
  for (const auto until = in.hold_until; in.hold_until && world_.now() < *until;) {
    if (!await_change(lock, *until, stop, patience)) return {.answer = {.gave_up = true}, .code_sent = std::nullopt};
    in.hold_until.reset();
    reply = match.route->operation(in);
  }
  std::optional<Mail> code_sent;
  if (world_.sign_ups.size() > mails) code_sent = world_.mailbox.back();
  if (in.post) {
    lock.unlock();
    const PostResult result = options_.post(job_for(*in.post, wall_.now()), stop);
    lock.lock();
    reply = in.finish(world_, result);
  }
  WireAnswer answer = answer_from(reply);
  if (!in.follow_call.empty()) {
    answer.follows =
        Following{.account_id = in.account->id, .call_id = in.follow_call, .told = {}, .next_heartbeat = {}};
  }
  return {std::move(answer), std::move(code_sent)};
}

/// Lets time pass until something happens, `until` on the world's clock at the latest. False when `stop` or `limit`
/// came first.
bool Simulator::await_change(std::unique_lock<std::mutex>& lock, TimePoint until, const std::stop_token& stop,
                             steady_clock::time_point limit) {
  const std::optional<TimePoint> due = world_.next_due();
  const auto left = clock_.real_time_until(due ? std::min(*due, until) : until);
  const auto real = std::min<std::chrono::nanoseconds>(left, limit - steady_clock::now());
  changed_.wait_for(lock, stop, real, [&] { return world_.next_due() != due; });
  settle();
  return !stop.stop_requested() && steady_clock::now() < limit;
}

/// Everything that may stop a request before its operation: size, key, rate, body and query.
std::optional<Reply> Simulator::enter(const WireRequest& request, const Route& route, Context& in) {
  if (request.body.size() > kMaxBody) return refuse(413, "Request body is too large.");
  if (auto refusal = authorise(request, route, in)) return refusal;
  if (auto refusal = throttle(route, in.account == nullptr ? "" : in.account->id)) return refusal;
  if (auto refusal = read_body(request.body, route, in.body)) return refusal;
  std::vector<FieldError> errors = check_query(in.query, route.query);
  const bool takes_body = route.method == "POST" || route.method == "PATCH";
  if (takes_body) {
    const std::vector<FieldError> in_body = check_body(in.body, route.body);
    errors.insert(errors.end(), in_body.begin(), in_body.end());
  }
  if (!errors.empty()) return invalid(errors);
  return std::nullopt;
}

std::optional<Reply> Simulator::authorise(const WireRequest& request, const Route& route, Context& in) {
  if (!route.needs_key) return std::nullopt;
  const std::string_view key = bearer_of(request.authorization);
  if (key.empty()) return refuse(401, "Missing API key. Send Authorization: Bearer <key>.");
  in.account = world_.account_by_key(key);
  if (in.account != nullptr) return std::nullopt;
  // A test key needs no sign-up: it opens an account of its own the first time it is seen.
  constexpr std::string_view kTestPrefix = "sk_test_";
  if (key.size() <= kTestPrefix.size() || key.substr(0, kTestPrefix.size()) != kTestPrefix) {
    return refuse(401, "Invalid API key.");
  }
  in.account = world_.open_account(std::string(key), "", "Sandbox Agent");
  if (in.account == nullptr) return refuse(503, "No US number is in stock for another account.");
  return std::nullopt;
}

std::optional<Reply> Simulator::throttle(const Route& route, const std::string& caller) {
  if (route.per_minute == 0 || !options_.throttle) return std::nullopt;
  std::deque<TimePoint>& recent = recent_[{&route, caller}];
  while (!recent.empty() && recent.front() + kThrottleWindow <= world_.now()) recent.pop_front();
  if (recent.size() < static_cast<std::size_t>(route.per_minute)) {
    recent.push_back(world_.now());
    return std::nullopt;
  }
  Reply reply =
      coded(429, "RATE_LIMIT_EXCEEDED", "rate_limit_error", "Too many requests. Try again after the given time.");
  const auto wait = std::chrono::ceil<std::chrono::seconds>(recent.front() + kThrottleWindow - world_.now());
  reply.retry_after = std::to_string(std::max<std::int64_t>(1, wait.count()));
  return reply;
}

std::optional<TimePoint> Simulator::next_due() const {
  const std::lock_guard lock(mutex_);
  return world_.next_due();
}

void Simulator::deliver_due(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  settle();
  while (!world_.ready.empty() && !stop.stop_requested()) {
    const std::vector<Delivery> due = std::exchange(world_.ready, {});
    for (const Delivery& delivery : due) {
      lock.unlock();
      const PostResult result = options_.post(job_for(delivery, wall_.now()), stop);
      lock.lock();
      settle();
      finish_attempt(world_, delivery, result);
    }
  }
}

bool Simulator::wait_until_due(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const std::optional<TimePoint> due = world_.next_due();
    const std::chrono::nanoseconds left = due ? std::min(clock_.real_time_until(*due), kLongestWait) : kLongestWait;
    if (left.count() <= 0) return true;
    // Woken by anything that may have set something earlier on the timeline.
    changed_.wait_for(lock, stop, left, [&] { return world_.next_due() != due; });
  }
  return false;
}

std::vector<Mail> Simulator::mailbox() {
  const std::lock_guard lock(mutex_);
  settle();
  return {world_.mailbox.begin(), world_.mailbox.end()};
}

bool Simulator::inject_text(const std::string& from, const std::string& to, const std::string& body,
                            const std::vector<std::string>& media) {
  bool known = false;
  {
    const std::lock_guard lock(mutex_);
    settle();
    known = receive_text(world_, from, to, body, media);
  }
  changed_.notify_all();
  return known;
}

std::string Simulator::inject_call(const std::string& from, const std::string& to,
                                   const std::vector<std::string>& says) {
  std::string id;
  {
    const std::lock_guard lock(mutex_);
    settle();
    id = receive_call(world_, from, to, says);
  }
  changed_.notify_all();
  return id;
}

void Simulator::add_fault(Fault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(fault));
}

void Simulator::clear_faults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

std::optional<Fault> Simulator::take_fault(const std::string& method, std::string_view path) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(faults_.begin(), faults_.end(), [&](const Fault& fault) {
    return (fault.method.empty() || fault.method == method) &&
           path.substr(0, fault.path_prefix.size()) == fault.path_prefix;
  });
  if (found == faults_.end()) return std::nullopt;
  Fault fault = *found;
  if (found->times > 0 && --found->times == 0) faults_.erase(found);
  return fault;
}

bool Simulator::pause(std::chrono::milliseconds delay, const std::stop_token& stop, std::chrono::milliseconds limit) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, std::min(delay, limit), [] { return false; });
  return !stop.stop_requested() && delay < limit;
}

std::vector<LoggedRequest> Simulator::requests() const {
  const std::lock_guard lock(mutex_);
  return {log_.begin(), log_.end()};
}

void Simulator::clear_requests() {
  const std::lock_guard lock(mutex_);
  log_.clear();
}

void Simulator::log_request(const WireRequest& request, int status) {
  LoggedRequest row{.method = request.method,
                    .path = request.target.substr(0, request.target.find('?')),
                    .target = request.target,
                    .body = scrub_secrets(request.body),
                    .body_sha256 = sha256_hex(request.body),
                    .status = status,
                    .at = clock_.now()};
  const std::lock_guard lock(mutex_);
  log_.push_back(std::move(row));
  if (log_.size() > kLogSize) log_.pop_front();
}

void Simulator::settle() {
  world_.settle(clock_.now());
}

}  // namespace apmcp::sandbox

#include "tools/call_watch.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "base/log.h"
#include "tools/untrusted.h"

namespace apmcp::tools {
namespace {

using agentphone::SpokenTurn;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// The times of this group pass on AgentPhone's clock, which the sandbox may run faster. All others are real time.
/// The service holds a long poll no shorter than this. Held longer, it would keep the turns from us.
constexpr seconds kHold{10};
/// An answer that took less was not held.
constexpr milliseconds kHeld{1'000};
/// Between plain polls, and before a stream is opened again.
constexpr milliseconds kFirstPause{250};
constexpr milliseconds kLongestPause{5'000};

/// Streams in a row that told nothing new, before polling takes over.
constexpr int kMostEmptyStreams = 2;
/// For the last look at a call, when the time to wait is up.
constexpr milliseconds kLastLook{5'000};
/// The same within kLongestSilentWait.
constexpr milliseconds kSilentLastLook{3'000};

/// At most 200 characters: some clients show no more.
std::string progress_message(const std::string& who, const SpokenTurn& turn) {
  constexpr std::size_t kMostCharacters = 200;
  std::string line = who + ": " + untrusted_text(turn.content).text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::size_t characters = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(line[at]) & 0xC0U) != 0x80U;
    if (!begins || ++characters < kMostCharacters) continue;
    std::size_t next = at + 1;
    while (next < line.size() && (static_cast<unsigned char>(line[next]) & 0xC0U) == 0x80U) ++next;
    if (next < line.size()) line.replace(at, std::string::npos, "\u2026");
    break;
  }
  return line;
}

class Watch {
 public:
  Watch(const agentphone::Call& known, seconds wait, ToolCall& call)
      : call_(call), deadline_(steady_clock::now() + wait), end_(deadline_ + kLastLook) {
    view_.call = known;
    view_.was_waited = true;
    if (!call.context.progress_token.is_null()) return;
    end_ = std::min(deadline_ + kSilentLastLook, call.started + kLongestSilentWait);
    deadline_ = std::min(deadline_, end_ - kSilentLastLook);
  }

  Result<CallView> run() {
    while (mode_ == Mode::kStream && goes_on()) follow();
    while (mode_ != Mode::kDone && goes_on()) poll();
    if (mode_ == Mode::kDone && failure_) return about_call(view_.call.id, *failure_);
    if (is_stopped()) return stopped();
    if (!is_read_to_end_) look_once_more();
    if (failure_ && view_.call.status.empty()) return about_call(view_.call.id, *failure_);
    return std::move(view_);
  }

 private:
  enum class Mode { kStream, kPoll, kDone };

  [[nodiscard]] bool is_stopped() const { return call_.context.stop.stop_requested(); }

  [[nodiscard]] milliseconds left() const {
    return std::max(milliseconds::zero(), std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now()));
  }

  [[nodiscard]] bool goes_on() const { return !is_stopped() && left() > milliseconds::zero(); }

  /// One stream, from its beginning to its end.
  void follow() {
    const std::size_t before = view_.turns.size();
    heard_.clear();
    const auto followed = call_.api().follow_transcript(
        view_.call.id, [this](const agentphone::TranscriptEvent& event) { return take(event); },
        {.stop = call_.context.stop, .timeout = left()});
    if (followed) {
      failure_.reset();
      mode_ = Mode::kDone;
      return;
    }
    if (!goes_on()) return;
    const ErrorCode code = followed.error().code;
    if (code == ErrorCode::kUnauthorized || code == ErrorCode::kCancelled) return fail(followed.error());
    if (code != ErrorCode::kUpstreamDown) {
      mode_ = Mode::kPoll;
      return;
    }
    // Cut off: perhaps because the call is over.
    empty_streams_ = view_.turns.size() > before ? 0 : empty_streams_ + 1;
    if (empty_streams_ >= kMostEmptyStreams) mode_ = Mode::kPoll;
    if (read({.stop = call_.context.stop, .timeout = std::min(left(), call_.options.timeout)}, std::nullopt)) pause();
  }

  /// One look at the call, held by the service while nothing changes if it can do that.
  void poll() {
    const auto start = steady_clock::now();
    const auto hold = std::chrono::ceil<milliseconds>(call_.services.real(kHold));
    const bool asks_to_hold = may_hold_ && left() > hold;
    const milliseconds longest = call_.options.timeout + (asks_to_hold ? hold : milliseconds::zero());
    const bool is_live = read({.stop = call_.context.stop, .timeout = std::min(left(), longest)},
                              asks_to_hold ? std::optional(kHold) : std::nullopt);
    if (!is_live) return;
    const bool was_held = asks_to_hold && steady_clock::now() - start >= call_.services.real(kHeld);
    if (was_held) return;
    may_hold_ = false;
    pause();
  }

  /// Reads the call. True when it is live, or could not be read for a passing reason.
  bool read(const agentphone::AgentPhoneApi::Options& options, std::optional<seconds> wait) {
    auto found = call_.api().get_call(view_.call.id, options, wait);
    if (!found) {
      const ErrorCode code = found.error().code;
      const bool passes = code == ErrorCode::kUpstreamDown || code == ErrorCode::kTimeout ||
                          code == ErrorCode::kRateLimited || code == ErrorCode::kCancelled;
      const bool was_refused_to_hold = wait && code == ErrorCode::kInvalidUpstream;
      may_hold_ = may_hold_ && !wait;
      if (!passes && !was_refused_to_hold) fail(found.error());
      failure_ = std::move(found).error();
      return passes || was_refused_to_hold;
    }
    failure_.reset();
    take(*std::move(found));
    if (!view_.call.is_over()) return true;
    mode_ = Mode::kDone;
    is_read_to_end_ = true;
    return false;
  }

  void fail(const Error& error) {
    failure_ = error;
    mode_ = Mode::kDone;
  }

  /// The pause grows while nothing new is said.
  void pause() {
    const bool is_new = view_.turns.size() != turns_at_pause_;
    turns_at_pause_ = view_.turns.size();
    pause_ = is_new ? kFirstPause : std::min(2 * pause_, kLongestPause);
    sleep_unless_stopped(call_.context.stop, std::min<std::chrono::nanoseconds>(call_.services.real(pause_), left()));
  }

  bool take(const agentphone::TranscriptEvent& event) {
    if (const auto* turn = std::get_if<SpokenTurn>(&event)) {
      hear(*turn, true);
    } else if (const auto* connected = std::get_if<agentphone::CallConnected>(&event)) {
      if (!connected->direction.empty()) view_.call.direction = connected->direction;
      if (!connected->from_number.empty()) view_.call.from_number = connected->from_number;
      if (!connected->to_number.empty()) view_.call.to_number = connected->to_number;
      if (!connected->started_at.empty()) view_.call.started_at = connected->started_at;
      set_status(connected->status);
    } else if (const auto* ended = std::get_if<agentphone::CallEnded>(&event)) {
      set_status(ended->status.empty() ? "completed" : ended->status);
      if (!ended->ended_at.empty()) view_.call.ended_at = ended->ended_at;
      if (ended->duration_seconds) view_.call.duration_seconds = ended->duration_seconds;
    }
    return !is_stopped();
  }

  void take(agentphone::Call read) {
    const std::string before = view_.call.status;
    // What ended stays ended, even if another part of the service has not noticed yet.
    if (view_.call.is_over() && !read.is_over()) read.status = before;
    if (!read.ended_at) read.ended_at = view_.call.ended_at;
    if (!read.duration_seconds) read.duration_seconds = view_.call.duration_seconds;
    const bool is_over = read.is_over();
    const std::string now = std::exchange(read.status, before);
    view_.call = std::move(read);
    set_status(now);
    // While streams may follow, the sentences are theirs: they tell other times.
    if (mode_ != Mode::kStream || is_over) {
      heard_.clear();
      for (const SpokenTurn& turn : spoken_turns(view_.call.transcripts)) hear(turn, false);
    }
  }

  /// A sentence of the reading under way, which began with the first one. It is new when it turns up in it more often
  /// than it was told. Streams tell times of their own, which no other reading has.
  void hear(const SpokenTurn& turn, bool by_stream) {
    const auto same = [&](const SpokenTurn& told) {
      return told.by_agent == turn.by_agent && told.content == turn.content &&
             (!by_stream || told.created_at == turn.created_at);
    };
    const std::string key =
        (turn.by_agent ? "agent\n" : "user\n") + turn.content + (by_stream ? "\n" + turn.created_at : "");
    const auto told = std::count_if(view_.turns.begin(), view_.turns.end(), same);
    if (++heard_[key] <= told) return;
    view_.turns.push_back(turn);
    const std::string who = turn.by_agent ? "agent" : far_end(view_.call);
    call_.context.progress(static_cast<double>(view_.turns.size()), std::nullopt, progress_message(who, turn));
    publish("/transcript");
  }

  void set_status(const std::string& status) {
    if (status.empty() || status == view_.call.status) return;
    const bool is_first = view_.call.status.empty();
    view_.call.status = status;
    was_over_ = is_first && view_.call.is_over();
    publish("");
  }

  void publish(const char* part) const {
    if (!call_.services.publish || was_over_) return;
    call_.services.publish({.kind = mcp::Change::Kind::kResourceUpdated,
                            .uri = "agentphone://calls/" + view_.call.id + std::string(part),
                            .caller = call_.context.caller});
  }

  /// The stream tells less about an end than the call itself, and the time may have been up in between.
  void look_once_more() {
    if (mode_ == Mode::kStream) mode_ = Mode::kPoll;
    const auto time = std::chrono::ceil<milliseconds>(end_ - steady_clock::now());
    if (time > milliseconds::zero()) read({.stop = call_.context.stop, .timeout = time}, std::nullopt);
    if (failure_ && !view_.call.status.empty() && !view_.call.is_over()) {
      view_.remark = "How the call stands right now could not be read.";
    }
  }

  CallView stopped() {
    log::info("watch_ended", {{"call", view_.call.id}, {"hung_up", "no"}});
    view_.remark = "The wait was ended before the call was; that does not hang up. end_call would.";
    return std::move(view_);
  }

  ToolCall& call_;
  steady_clock::time_point deadline_;  ///< of the watch
  steady_clock::time_point end_;       ///< of the last look after it
  CallView view_;
  std::map<std::string, std::ptrdiff_t> heard_;  ///< sentences of the reading under way, and how often
  Mode mode_ = Mode::kStream;
  std::optional<Error> failure_;  ///< of the last look
  bool may_hold_ = true;
  bool was_over_ = false;        ///< before the watch began, so nothing about it is news
  bool is_read_to_end_ = false;  ///< the call itself said that it is over
  int empty_streams_ = 0;
  milliseconds pause_ = kFirstPause;
  std::size_t turns_at_pause_ = 0;
};

}  // namespace

Result<CallView> watch_call(const agentphone::Call& known, seconds wait, ToolCall& call) {
  std::optional<Executor::LentPlace> lent;
  if (call.services.executor != nullptr && !call.context.is_task()) lent.emplace(*call.services.executor);
  return Watch(known, wait, call).run();
}

}  // namespace apmcp::tools

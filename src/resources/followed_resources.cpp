#include "resources/followed_resources.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace apmcp::resources {

std::chrono::milliseconds Pace::after(std::chrono::milliseconds last) const {
  return std::clamp(last * 3 / 2, first, longest);
}

struct FollowedResources::Follower {
  Follower(std::string its_uri, mcp::Party its_party, Pace its_pace)
      : uri(std::move(its_uri)), party(std::move(its_party)), pace(its_pace), pause(its_pace.first) {}

  const std::string uri;
  const mcp::Party party;
  const Pace pace;
  std::stop_source stop;  // fired when the last lease ends
  // Guarded by FollowedResources::mutex_:
  std::weak_ptr<const void> lease;  // of the subscriptions
  Clock::TimePoint due;             // of the next look
  Clock::TimePoint looked_at;       // when the last look began
  std::chrono::milliseconds pause;  // after the last look
  std::optional<std::string> told;  // the state that subscribers know
  bool owes_change = false;         // a change was reported before any state was known
  bool is_due_again = false;        // a change was reported during the look
  bool is_looking = false;
  bool is_over = false;  // it is polled no more
};

FollowedResources::FollowedResources(LiveSource source, const Clock& clock, mcp::PublishChange publish, Options options)
    : source_(std::move(source)), clock_(clock), publish_(std::move(publish)), options_(std::move(options)) {
  // One place more for the flush of news.
  workers_.emplace(options_.workers + 1, options_.max_resources + 1);
}

FollowedResources::~FollowedResources() {
  stop();
}

std::shared_ptr<FollowedResources::Follower> FollowedResources::find(const std::string& uri,
                                                                     const std::string& caller) const {
  const auto found = std::find_if(followers_.begin(), followers_.end(), [&](const auto& follower) {
    return follower->uri == uri && follower->party.caller == caller && !follower->lease.expired();
  });
  return found == followers_.end() ? nullptr : *found;
}

bool FollowedResources::has_room(const std::string& caller) {
  std::erase_if(followers_, [](const auto& follower) { return follower->lease.expired(); });
  const auto of_caller = std::count_if(followers_.begin(), followers_.end(), [&](const auto& follower) {
    return follower->party.caller == caller && !follower->is_over;
  });
  return followers_.size() < options_.max_resources && static_cast<std::size_t>(of_caller) < options_.max_per_caller;
}

std::shared_ptr<const void> FollowedResources::follow(const std::string& uri, const mcp::Party& party) {
  const Pace pace = source_.pace(uri);
  if (pace.is_still()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return nullptr;
  if (const auto known = find(uri, party.caller)) {
    if (auto lease = known->lease.lock()) return lease;
  }
  if (!has_room(party.caller)) {
    log::warn("too_many_followed");
    return nullptr;
  }
  try {
    if (!timer_.joinable()) timer_ = std::jthread([this](const std::stop_token& stop) { keep_time(stop); });
  } catch (const std::system_error&) {
    log::warn("no_thread_to_follow");
    return nullptr;
  }
  const auto follower = std::make_shared<Follower>(uri, party, pace);
  std::shared_ptr<const void> lease(static_cast<const void*>(follower.get()),
                                    [stop = follower->stop](const void*) mutable { stop.request_stop(); });
  follower->lease = lease;
  follower->due = clock_.now();
  followers_.push_back(follower);
  wake_timer();
  return lease;
}

/// False when it is not polled.
bool FollowedResources::make_due(const mcp::Change& change) {
  const auto follower = find(change.uri, change.caller);
  if (follower == nullptr || follower->is_over) return false;
  // A look that is under way may or may not see it, and has nothing to compare with.
  if (!follower->told) follower->owes_change = true;
  follower->is_due_again = follower->is_looking;
  follower->due = follower->looked_at + follower->pace.first;
  wake_timer();
  return true;
}

void FollowedResources::wake_timer() {
  is_timer_woken_ = true;
  due_changed_.notify_all();
}

void FollowedResources::changed(const mcp::Change& change) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_ || make_due(change)) return;
  }
  publish_(change);
}

void FollowedResources::announce(const mcp::Change& change) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_ || make_due(change) || !options_.offer) return;
  }
  options_.offer(change);
  const std::lock_guard lock(mutex_);
  if (is_stopped_ || std::exchange(is_flush_pending_, true)) return;
  const bool is_queued = workers_->submit([this] {
    {
      const std::lock_guard again(mutex_);
      is_flush_pending_ = false;
      if (is_stopped_) return;
    }
    options_.flush();
  });
  if (!is_queued) is_flush_pending_ = false;  // it waits for the next flush
}

void FollowedResources::was_read(const std::string& uri, const std::string& caller, const std::string& state) {
  const std::lock_guard lock(mutex_);
  const auto follower = find(uri, caller);
  if (follower != nullptr && !follower->told) follower->told = state;
}

void FollowedResources::stop() {
  Followers ending;
  std::jthread timer;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    ending.swap(followers_);
    timer = std::move(timer_);
  }
  timer.request_stop();
  if (timer.joinable()) timer.join();
  for (const auto& follower : ending) follower->stop.request_stop();
  workers_.reset();
}

std::size_t FollowedResources::polled() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(followers_.begin(), followers_.end(), [](const auto& follower) {
    return !follower->is_over && !follower->lease.expired();
  }));
}

/// A caller has at most half of the workers, so that slow answers to one do not delay all others.
bool FollowedResources::may_look(const Follower& follower) const {
  if (follower.is_looking || follower.is_over || follower.lease.expired()) return false;
  const auto of_caller = looking_of_.find(follower.party.caller);
  return of_caller == looking_of_.end() || of_caller->second < std::max<std::size_t>(1, options_.workers / 2);
}

/// The one that may look and is due first; null when there is none.
std::shared_ptr<FollowedResources::Follower> FollowedResources::next_due() const {
  std::shared_ptr<Follower> first;
  for (const auto& follower : followers_) {
    if ((first == nullptr || follower->due < first->due) && may_look(*follower)) first = follower;
  }
  return first;
}

void FollowedResources::keep_time(const std::stop_token& stop) {
  // Without a look to wait for, and as a bound for wait_for(), which adds to the time of now.
  constexpr std::chrono::nanoseconds kLongest = std::chrono::hours{24};
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto next = looking_ < options_.workers ? next_due() : nullptr;
    const auto pause = next == nullptr ? kLongest : std::min(kLongest, clock_.real_time_until(next->due));
    if (pause > std::chrono::nanoseconds::zero()) {
      due_changed_.wait_for(lock, stop, pause, [this] { return is_timer_woken_; });
      is_timer_woken_ = false;
      continue;
    }
    next->is_looking = true;
    next->looked_at = clock_.now();
    ++looking_;
    ++looking_of_[next->party.caller];
    if (workers_->submit([this, next] { look(next); })) continue;
    next->due = next->looked_at + next->pace.longest;  // no thread to be had
    look_ended(*next);
  }
}

void FollowedResources::look_ended(Follower& follower) {
  follower.is_looking = false;
  --looking_;
  if (--looking_of_[follower.party.caller] == 0) looking_of_.erase(follower.party.caller);
  wake_timer();
}

/// One look, on a worker.
void FollowedResources::look(const std::shared_ptr<Follower>& follower) {
  const std::stop_token stop = follower->stop.get_token();
  std::unique_lock lock(mutex_);
  if (!is_stopped_ && !stop.stop_requested()) {
    lock.unlock();
    const auto now = source_.look(follower->uri, follower->party, stop);
    lock.lock();
    const bool is_new = !is_stopped_ && !stop.stop_requested() && conclude(*follower, now);
    if (is_new) {
      lock.unlock();
      publish_({.kind = mcp::Change::Kind::kResourceUpdated, .uri = follower->uri, .caller = follower->party.caller});
      lock.lock();
    }
  }
  look_ended(*follower);
}

/// True when there was a change, which has to be published. A call is over only when a second look shows nothing new:
/// the last words may come a moment after the end.
bool FollowedResources::conclude(Follower& follower, const Result<Look>& now) {
  bool is_new = false;
  if (now) {
    is_new = follower.told ? *follower.told != now->state : follower.owes_change;
    follower.owes_change = false;
    follower.is_over = now->is_final && follower.told == now->state;
    follower.told = now->state;
  } else {
    follower.is_over = now.error().code == ErrorCode::kNoSuchResource;
  }
  follower.pause = is_new ? follower.pace.first : follower.pace.after(follower.pause);
  const bool is_due_again = std::exchange(follower.is_due_again, false);
  follower.due = is_due_again ? follower.looked_at + follower.pace.first : clock_.now() + follower.pause;
  return is_new;
}

}  // namespace apmcp::resources

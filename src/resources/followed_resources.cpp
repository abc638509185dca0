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
      : uri(std::move(its_uri)), party(std::move(its_party)), pace(its_pace) {}

  const std::string uri;
  const mcp::Party party;
  const Pace pace;
  Arrivals wake;                    // announced when there is a reason to look
  std::weak_ptr<const void> lease;  // guarded by FollowedResources::mutex_; of those who follow
  std::optional<std::string> told;  // guarded by FollowedResources::mutex_; the state that they know
  bool owes_change = false;         // guarded by FollowedResources::mutex_; it was announced before anything was told
  bool is_over = false;             // guarded by FollowedResources::mutex_; the thread looks no more
  std::jthread thread;
};

FollowedResources::FollowedResources(LiveSource source, const Clock& clock, Arrivals* arrivals,
                                     mcp::PublishChange publish, Options options)
    : source_(std::move(source)),
      clock_(clock),
      arrivals_(arrivals),
      publish_(std::move(publish)),
      options_(std::move(options)) {}

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

/// Joins threads that are done and whose resource nobody follows. They wait for nothing any more.
void FollowedResources::bury() {
  std::erase_if(followers_, [](const auto& follower) { return follower->is_over && follower->lease.expired(); });
}

std::shared_ptr<const void> FollowedResources::follow(const std::string& uri, const mcp::Party& party) {
  const Pace pace = source_.pace(uri);
  if (pace.is_still()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return nullptr;
  bury();
  if (const auto known = find(uri, party.caller)) {
    if (auto lease = known->lease.lock()) return lease;
  }
  const auto running = std::count_if(followers_.begin(), followers_.end(), [](const auto& f) { return !f->is_over; });
  if (static_cast<std::size_t>(running) >= options_.max_followers) {
    log::warn("too_many_followed");
    return nullptr;
  }
  const auto follower = std::make_shared<Follower>(uri, party, pace);
  try {
    start_relay();
    follower->thread = std::jthread([this, &it = *follower](const std::stop_token& stop) { run(it, stop); });
  } catch (const std::system_error&) {
    log::warn("no_thread_to_follow");
    return nullptr;
  }
  std::shared_ptr<const void> lease(
      static_cast<const void*>(follower.get()),
      [stop = follower->thread.get_stop_source()](const void*) mutable { stop.request_stop(); });
  follower->lease = lease;
  followers_.push_back(follower);
  return lease;
}

void FollowedResources::changed(const mcp::Change& change) {
  {
    const std::lock_guard lock(mutex_);
    const auto follower = find(change.uri, change.caller);
    if (follower != nullptr && !follower->is_over) {
      // A look that is under way may or may not see it, and has nothing to compare with.
      if (!follower->told) follower->owes_change = true;
      follower->wake.announce();
      return;
    }
    if (is_stopped_) return;
  }
  publish_(change);
}

bool FollowedResources::is_looked_at(const std::string& uri, const std::string& caller) const {
  const std::lock_guard lock(mutex_);
  const auto follower = find(uri, caller);
  return follower != nullptr && !follower->is_over;
}

void FollowedResources::was_read(const std::string& uri, const std::string& caller, const std::string& state) {
  const std::lock_guard lock(mutex_);
  const auto follower = find(uri, caller);
  if (follower != nullptr && !follower->told) follower->told = state;
}

void FollowedResources::stop() {
  std::vector<std::shared_ptr<Follower>> ending;
  std::jthread relay;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    ending.swap(followers_);
    relay = std::move(relay_);
  }
  relay.request_stop();
  for (const auto& follower : ending) follower->thread.request_stop();
  for (const auto& follower : ending) {
    if (follower->thread.joinable()) follower->thread.join();
  }
}

std::size_t FollowedResources::running() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(followers_.begin(), followers_.end(), [](const auto& follower) { return !follower->is_over; }));
}

void FollowedResources::start_relay() {
  if (arrivals_ == nullptr || relay_.joinable()) return;
  relay_ = std::jthread([this, seen = arrivals_->seen()](const std::stop_token& stop) { relay(seen, stop); });
}

void FollowedResources::relay(std::uint64_t seen, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!arrivals_->wait(seen, stop, std::chrono::nanoseconds::max())) continue;
    seen = arrivals_->seen();
    {
      const std::lock_guard lock(mutex_);
      for (const auto& follower : followers_) follower->wake.announce();
    }
    if (options_.on_arrival) options_.on_arrival();
  }
}

void FollowedResources::run(Follower& follower, const std::stop_token& stop) {
  std::chrono::milliseconds pause = follower.pace.first;
  for (bool is_over = false; !stop.stop_requested();) {
    const std::uint64_t seen = follower.wake.seen();
    const bool is_new = look(follower, stop, is_over);
    if (is_over) break;
    pause = is_new ? follower.pace.first : follower.pace.after(pause);
    const auto scaled = std::chrono::duration_cast<Clock::TimePoint::duration>(pause / options_.speed);
    follower.wake.wait(seen, stop, clock_.real_time_until(clock_.now() + scaled));
  }
  const std::lock_guard lock(mutex_);
  follower.is_over = true;
}

/// True when there was a change, which is published then. A call is over only when a second look shows nothing new: the
/// last words may come a moment after the end.
bool FollowedResources::look(Follower& follower, const std::stop_token& stop, bool& is_over) {
  auto now = source_.look(follower.uri, follower.party, stop);
  if (stop.stop_requested()) return false;
  if (!now) {
    is_over = now.error().code == ErrorCode::kNoSuchResource;
    return false;
  }
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = follower.told ? *follower.told != now->state : follower.owes_change;
    follower.owes_change = false;
    is_over = now->is_final && follower.told == now->state;
    follower.told = std::move(now->state);
  }
  if (is_new) {
    publish_({.kind = mcp::Change::Kind::kResourceUpdated, .uri = follower.uri, .caller = follower.party.caller});
  }
  return is_new;
}

}  // namespace apmcp::resources

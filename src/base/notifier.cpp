#include "base/notifier.h"

#include <algorithm>
#include <utility>

namespace apmcp {
namespace {

/// wait_for() adds to the time of now, which must not overflow.
std::chrono::nanoseconds bounded(std::chrono::nanoseconds limit) {
  return std::min<std::chrono::nanoseconds>(limit, std::chrono::hours{24});
}

}  // namespace

Notifier::Waiter::Waiter(Notifier& notifier, std::span<const std::string> topics) : notifier_(notifier) {
  const std::lock_guard lock(notifier_.mutex_);
  for (const std::string& topic : topics) notifier_.waiters_.emplace(topic, this);
}

Notifier::Waiter::~Waiter() {
  const std::lock_guard lock(notifier_.mutex_);
  std::erase_if(notifier_.waiters_, [this](const auto& entry) { return entry.second == this; });
}

bool Notifier::Waiter::wait(std::stop_token stop, std::chrono::nanoseconds limit) {
  std::unique_lock lock(notifier_.mutex_);
  woken_.wait_for(lock, std::move(stop), bounded(limit), [this] { return is_notified_; });
  return std::exchange(is_notified_, false);
}

void Notifier::notify(std::string_view topic) {
  was_used_ = true;
  const std::lock_guard lock(mutex_);
  auto [from, to] = topic.empty() ? std::pair(waiters_.begin(), waiters_.end()) : waiters_.equal_range(topic);
  for (; from != to; ++from) {
    from->second->is_notified_ = true;
    from->second->woken_.notify_one();
  }
}

void sleep_unless_stopped(std::stop_token stop, std::chrono::nanoseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, std::move(stop), bounded(time), [] { return false; });
}

}  // namespace apmcp

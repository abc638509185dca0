#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace apmcp {

/// Wakes threads that wait for news about a topic, such as the id of a phone number. Carries no news itself: a waiter
/// reads again. Notifications coalesce: however many came since the last wait(), they wake a waiter once. Thread-safe.
class Notifier {
 public:
  /// One thread's wait for `topics`. Notifications count from the construction on. Used by one thread.
  class Waiter {
   public:
    /// `notifier` outlives the waiter.
    Waiter(Notifier& notifier, std::span<const std::string> topics);
    ~Waiter();

    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// Waits for a notification since the last wait(), for `stop`, or for `limit` to pass. True when notified.
    bool wait(std::stop_token stop, std::chrono::nanoseconds limit);

   private:
    friend class Notifier;

    Notifier& notifier_;
    std::condition_variable_any woken_;
    bool is_notified_ = false;  // guarded by Notifier::mutex_
  };

  /// Wakes the waiters of `topic`; those of all topics when it is empty. Never waits.
  void notify(std::string_view topic);

  /// True once notify() was called.
  [[nodiscard]] bool was_used() const { return was_used_; }

 private:
  std::mutex mutex_;
  std::multimap<std::string, Waiter*, std::less<>> waiters_;  // guarded by mutex_; by topic
  std::atomic<bool> was_used_ = false;
};

/// Sleeps for `time` or until `stop` fires.
void sleep_unless_stopped(std::stop_token stop, std::chrono::nanoseconds time);

}  // namespace apmcp

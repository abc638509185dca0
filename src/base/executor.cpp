#include "base/executor.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

namespace apmcp {

Executor::Executor(std::size_t max_threads, std::size_t max_queue) : max_running_(max_threads), max_queue_(max_queue) {}

Executor::~Executor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  watch_.notify_all();
  for (std::jthread& thread : threads_) thread.join();
}

bool Executor::submit(Job job, Patience patience) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= max_queue_) return false;
    if (patience.share && patience.share->waiting_ >= patience.share->max_running_ * Share::kWaitingFactor)
      return false;
    const bool has_limit = patience.give_up != nullptr;
    queue_.push_back({.job = std::move(job),
                      .share = std::move(patience.share),
                      .deadline = has_limit ? Clock::now() + patience.limit : Clock::time_point::max(),
                      .give_up = std::move(patience.give_up)});
    const Waiting& last = queue_.back();
    if (last.share) ++last.share->waiting_;
    const bool starts = idle_ < queue_.size() && threads_.size() < max_running_ + lent_;
    const bool has_thread = !starts || start_thread();
    const bool must_watch = has_limit && (!has_thread || !begins_at_once(last));
    if ((!has_thread && threads_.empty()) || (must_watch && !start_watch())) {
      if (last.share) --last.share->waiting_;
      queue_.pop_back();
      return false;
    }
  }
  wake_.notify_one();
  return true;
}

bool Executor::begins_at_once(const Waiting& last) const {
  const bool has_share = !last.share || last.share->running_ + last.share->waiting_ <= last.share->max_running_;
  return has_share && running_ + queue_.size() <= max_running_ + lent_;
}

bool Executor::start_watch() {
  try {
    if (!watcher_.joinable()) watcher_ = std::jthread([this] { watch(); });
  } catch (const std::system_error&) {
    return false;
  }
  watch_.notify_one();
  return true;
}

void Executor::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next = std::min_element(queue_.begin(), queue_.end(), [](const Waiting& one, const Waiting& other) {
      return one.deadline < other.deadline;
    });
    if (next == queue_.end() || next->deadline == Clock::time_point::max()) {
      watch_.wait(lock);
    } else if (next->deadline > Clock::now()) {
      watch_.wait_until(lock, Clock::time_point(next->deadline));
    } else {
      std::optional<Waiting> late(std::move(*next));
      if (late->share) --late->share->waiting_;
      queue_.erase(next);
      lock.unlock();
      late->give_up();
      late.reset();  // what the job holds ends without the lock
      lock.lock();
    }
  }
}

std::size_t Executor::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

bool Executor::is_mostly_free() const {
  const std::lock_guard lock(mutex_);
  return 2 * (running_ + queue_.size()) < max_running_ + lent_;
}

bool Executor::wait_idle(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return done_.wait_for(lock, limit, [&] { return queue_.empty() && running_ == 0; });
}

bool Executor::start_thread() {
  try {
    threads_.emplace_back([this] { work(); });
    return true;
  } catch (const std::system_error&) {
    return false;  // out of threads: those that run already take the job
  }
}

std::deque<Executor::Waiting>::iterator Executor::find_runnable() {
  if (stopping_) return queue_.begin();
  if (running_ >= max_running_ + lent_) return queue_.end();
  return std::find_if(queue_.begin(), queue_.end(), [](const Waiting& waiting) {
    return !waiting.share || waiting.share->running_ < waiting.share->max_running_;
  });
}

void Executor::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    auto next = queue_.end();
    wake_.wait(lock, [&] { return (next = find_runnable()) != queue_.end() || stopping_; });
    --idle_;
    if (next == queue_.end()) return;
    Job job = std::move(next->job);
    const auto share = std::move(next->share);
    queue_.erase(next);
    ++running_;
    if (share) {
      --share->waiting_;
      ++share->running_;
    }
    lock.unlock();
    job();
    job = nullptr;  // what it captured goes before the lock is taken again
    lock.lock();
    if (share) --share->running_;
    if (--running_ == 0 && queue_.empty()) done_.notify_all();
  }
}

bool Executor::lend() {
  {
    const std::lock_guard lock(mutex_);
    // A stopping pool has joined, or is joining, the threads it knows: it must not grow.
    if (stopping_ || lent_ >= kMaxLent) return false;
    ++lent_;
    // An idle thread that was woken a moment ago still counts as idle, and takes one job alone.
    if (idle_ < queue_.size() && threads_.size() < max_running_ + lent_) start_thread();
  }
  wake_.notify_one();
  return true;
}

void Executor::take_back() {
  const std::lock_guard lock(mutex_);
  --lent_;
  if (!queue_.empty()) start_watch();  // a job that was to begin at once may have to wait now
}

Executor::LentPlace::LentPlace(Executor& executor) : executor_(executor), is_lent_(executor.lend()) {}

Executor::LentPlace::~LentPlace() {
  if (is_lent_) executor_.take_back();
}

}  // namespace apmcp

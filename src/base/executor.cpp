#include "base/executor.h"

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
  for (std::jthread& thread : threads_) thread.join();
}

bool Executor::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= max_queue_) return false;
    queue_.push_back(std::move(job));
    if (idle_ < queue_.size() && threads_.size() < max_running_ + lent_ && !start_thread() && threads_.empty()) {
      queue_.pop_back();
      return false;
    }
  }
  wake_.notify_one();
  return true;
}

std::size_t Executor::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
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

void Executor::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [&] { return stopping_ || (!queue_.empty() && has_place()); });
    --idle_;
    if (queue_.empty()) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    job();
    job = nullptr;  // what it captured goes before the lock is taken again
    lock.lock();
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
}

Executor::LentPlace::LentPlace(Executor& executor) : executor_(executor), is_lent_(executor.lend()) {}

Executor::LentPlace::~LentPlace() {
  if (is_lent_) executor_.take_back();
}

}  // namespace apmcp

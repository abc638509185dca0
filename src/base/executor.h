#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace apmcp {

/// A bounded pool of worker threads with a bounded queue. Threads are started when work arrives and none is idle, so
/// an idle server has none. Thread-safe.
class Executor {
 public:
  using Job = std::function<void()>;

  /// A job that waits for a person, or runs for minutes, lends its place: while this lives one more job may run. The
  /// pool keeps the thread it grew by, idle. Beyond kMaxLent at once it lends nothing, and the job keeps its place.
  class LentPlace {
   public:
    explicit LentPlace(Executor& executor);
    ~LentPlace();

    LentPlace(const LentPlace&) = delete;
    LentPlace& operator=(const LentPlace&) = delete;

   private:
    Executor& executor_;
    const bool is_lent_;
  };

  static constexpr std::size_t kMaxLent = 256;

  Executor(std::size_t max_threads, std::size_t max_queue);
  ~Executor();  ///< runs what is queued, then joins

  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// False when the queue is full, no thread can be had, or the pool is being destroyed; the job is dropped. A job must
  /// not throw.
  bool submit(Job job);

  /// Jobs that wait for a thread.
  [[nodiscard]] std::size_t queued() const;

  /// True when a submit() would be refused for want of room.
  [[nodiscard]] bool is_full() const { return queued() >= max_queue_; }

  /// Waits until no job waits or runs; false when `limit` ran out first.
  bool wait_idle(std::chrono::milliseconds limit);

 private:
  bool lend();
  void take_back();

  [[nodiscard]] bool has_place() const { return running_ < max_running_ + lent_; }  // with mutex_ held

  bool start_thread();  // with mutex_ held
  void work();

  const std::size_t max_running_;
  const std::size_t max_queue_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::deque<Job> queue_;              // guarded by mutex_
  std::size_t idle_ = 0;               // guarded by mutex_
  std::size_t running_ = 0;            // guarded by mutex_; jobs that have begun and not ended
  std::size_t lent_ = 0;               // guarded by mutex_
  bool stopping_ = false;              // guarded by mutex_
  std::vector<std::jthread> threads_;  // guarded by mutex_; joined first on destruction
};

}  // namespace apmcp

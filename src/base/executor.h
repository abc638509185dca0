#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace apmcp {

/// A bounded pool of worker threads with a bounded queue. Threads are started when work arrives and none is idle, so
/// an idle server has none. Jobs begin in the order of submit(), those of a client with a full share later.
/// Thread-safe.
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

  /// One client's share of the pool: at most `max_running` of its jobs run at once, those that lent their place
  /// included. Further ones wait, up to kWaitingFactor times as many, and do not delay the jobs of others.
  class Share {
   public:
    static constexpr std::size_t kWaitingFactor = 8;

    explicit Share(std::size_t max_running) : max_running_(max_running) {}

   private:
    friend class Executor;
    const std::size_t max_running_;
    std::size_t running_ = 0;  // guarded by the executor's mutex_, like all below
    std::size_t waiting_ = 0;
  };

  /// How long a job may wait before it begins.
  struct Patience {
    std::shared_ptr<Share> share = nullptr;  ///< null: bounded by the pool alone
    std::chrono::milliseconds limit = std::chrono::milliseconds::max();
    Job give_up = nullptr;  ///< run instead of the job once the limit is over; must not wait for other jobs
  };

  Executor(std::size_t max_threads, std::size_t max_queue);
  ~Executor();  ///< runs what is queued, then joins

  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// False when the queue or the client's share is full, no thread can be had, or the pool is being destroyed; the job
  /// is dropped. A job must not throw.
  bool submit(Job job) { return submit(std::move(job), {}); }

  bool submit(Job job, Patience patience);

  /// Jobs that wait for a thread.
  [[nodiscard]] std::size_t queued() const;

  /// True when a submit() would be refused for want of room.
  [[nodiscard]] bool is_full() const { return queued() >= max_queue_; }

  /// Less than half of the places are taken or waited for.
  [[nodiscard]] bool is_mostly_free() const;

  /// Waits until no job waits or runs; false when `limit` ran out first.
  bool wait_idle(std::chrono::milliseconds limit);

 private:
  bool lend();
  void take_back();

  using Clock = std::chrono::steady_clock;

  struct Waiting {
    Job job;
    std::shared_ptr<Share> share;
    Clock::time_point deadline;
    Job give_up;
  };

  // With mutex_ held.
  [[nodiscard]] std::deque<Waiting>::iterator find_runnable();
  [[nodiscard]] bool begins_at_once(const Waiting& last) const;
  bool start_thread();
  bool start_watch();

  void work();
  void watch();

  const std::size_t max_running_;
  const std::size_t max_queue_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::condition_variable watch_;
  std::deque<Waiting> queue_;          // guarded by mutex_
  std::size_t idle_ = 0;               // guarded by mutex_
  std::size_t running_ = 0;            // guarded by mutex_; jobs that have begun and not ended
  std::size_t lent_ = 0;               // guarded by mutex_
  bool stopping_ = false;              // guarded by mutex_
  std::vector<std::jthread> threads_;  // guarded by mutex_; joined first on destruction
  std::jthread watcher_;               // guarded by mutex_; started when a job with a limit cannot begin at once
};

}  // namespace apmcp

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <pthread.h>

namespace apmcp::listener {

/// A thread for each open connection, up to a limit. Their stacks have the same size whatever the limits of the process
/// say: too small and a handler overflows it, too large and a thousand do not fit. Thread-safe.
class ConnectionThreads {
 public:
  static constexpr std::size_t kStackSize = std::size_t{8} << 20;  ///< bytes of address space, not of memory

  explicit ConnectionThreads(std::size_t limit, std::size_t stack_size = kStackSize)
      : limit_(limit), stack_size_(stack_size) {}

  /// Waits for all of them.
  ~ConnectionThreads();
  ConnectionThreads(const ConnectionThreads&) = delete;
  ConnectionThreads& operator=(const ConnectionThreads&) = delete;

  /// Runs `work`, which throws nothing, on a thread of its own. False, and `work` is gone, when the limit is reached or
  /// the system has no thread left.
  bool start(std::function<void()> work);

  [[nodiscard]] std::size_t running();

  /// Waits until start() finds a place, `limit` at most.
  void wait_for_place(std::chrono::milliseconds limit);

  /// Waits until none is running, `limit` at most. True when none is.
  bool wait_idle(std::chrono::milliseconds limit);

 private:
  struct Start;

  static void* run(void* start);
  bool launch(Start& start);
  bool reserve();
  void finish(std::optional<pthread_t> thread);

  const std::size_t limit_;
  const std::size_t stack_size_;
  std::mutex mutex_;
  std::condition_variable finished_one_;
  std::size_t running_ = 0;
  /// The one that finished last. Each thread joins its predecessor as its last act, so that at most one is ever waiting
  /// to be joined, and to join that one is to join them all.
  std::optional<pthread_t> finished_;
};

}  // namespace apmcp::listener

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace apmcp {

/// Wakes those who wait for something to come in. What came is read where it is kept; this only says "look again".
/// Thread-safe.
class Arrivals {
 public:
  /// How often announce() was called. Taken before a look, it lets wait() miss nothing that came during the look.
  [[nodiscard]] std::uint64_t seen() const;

  void announce();

  /// Waits for an announcement after `seen`, for `stop`, or for `limit` to pass. True when there is a reason to look.
  bool wait(std::uint64_t seen, std::stop_token stop, std::chrono::nanoseconds limit);

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t announced_ = 0;  // guarded by mutex_
};

}  // namespace apmcp

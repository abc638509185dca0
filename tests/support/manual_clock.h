#pragma once

#include <atomic>

#include "base/clock.h"

namespace apmcp::test {

/// Stands still until told to move. Thread-safe.
class ManualClock final : public Clock {
 public:
  /// Starts at 2026-01-01T00:00:00Z.
  ManualClock() : now_(std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}.time_since_epoch()) {}

  void advance(std::chrono::milliseconds by) { now_ = now_.load() + by; }

  [[nodiscard]] TimePoint now() const override {
    return TimePoint(std::chrono::duration_cast<TimePoint::duration>(now_.load()));
  }

  [[nodiscard]] std::chrono::nanoseconds real_time_until(TimePoint when) const override {
    return when > now() ? std::chrono::nanoseconds::max() : std::chrono::nanoseconds::zero();
  }

 private:
  std::atomic<std::chrono::milliseconds> now_;
};

}  // namespace apmcp::test

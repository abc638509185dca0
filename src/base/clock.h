#pragma once

#include <chrono>
#include <string>

namespace apmcp {

/// Wall time. The seam for tests and for the sandbox, whose time may run faster. Thread-safe.
class Clock {
 public:
  using TimePoint = std::chrono::system_clock::time_point;

  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual TimePoint now() const = 0;

  /// How long to wait in real time until `when` is reached on this clock; zero when it is past.
  [[nodiscard]] virtual std::chrono::nanoseconds real_time_until(TimePoint when) const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] std::chrono::nanoseconds real_time_until(TimePoint when) const override;
};

/// Starts at the wall time of its construction and runs `speed` times as fast (speed > 0).
class ScaledClock final : public Clock {
 public:
  explicit ScaledClock(double speed);
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] std::chrono::nanoseconds real_time_until(TimePoint when) const override;

 private:
  double speed_;
  TimePoint start_;
  std::chrono::steady_clock::time_point steady_start_;
};

/// ISO 8601 in UTC with milliseconds, "2026-04-19T17:20:11.000Z".
std::string iso8601(Clock::TimePoint when);

}  // namespace apmcp

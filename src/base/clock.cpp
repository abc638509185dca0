#include "base/clock.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace apmcp {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;

Clock::TimePoint SystemClock::now() const {
  return std::chrono::system_clock::now();
}

nanoseconds SystemClock::real_time_until(TimePoint when) const {
  return std::max(nanoseconds::zero(), duration_cast<nanoseconds>(when - now()));
}

ScaledClock::ScaledClock(double speed)
    : speed_(speed), start_(std::chrono::system_clock::now()), steady_start_(std::chrono::steady_clock::now()) {}

Clock::TimePoint ScaledClock::now() const {
  const duration<double> real = std::chrono::steady_clock::now() - steady_start_;
  return start_ + duration_cast<std::chrono::system_clock::duration>(real * speed_);
}

nanoseconds ScaledClock::real_time_until(TimePoint when) const {
  const duration<double> left = when - now();
  return std::max(nanoseconds::zero(), duration_cast<nanoseconds>(left / speed_));
}

std::string iso8601(Clock::TimePoint when) {
  const auto millis = duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(millis / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 80> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                    utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, static_cast<int>(millis % 1000));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace apmcp

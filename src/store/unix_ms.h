#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

// How points in time stand in a database: milliseconds since 1970.
namespace apmcp::store {

inline std::int64_t to_ms(Clock::TimePoint when) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

inline Clock::TimePoint from_ms(std::int64_t ms) {
  return Clock::TimePoint(std::chrono::duration_cast<Clock::TimePoint::duration>(std::chrono::milliseconds(ms)));
}

}  // namespace apmcp::store

#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace apmcp::sandbox {

/// ISO 8601 date and time with 'T' or a space, optional fraction (read to the millisecond), then 'Z', "+hh:mm",
/// "-hh:mm" or nothing, which is read as UTC. Absent for anything else.
std::optional<Clock::TimePoint> parse_iso8601(std::string_view text);

}  // namespace apmcp::sandbox

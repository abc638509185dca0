#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace apmcp::agentphone {

/// No service asks for more in earnest; a larger value is a mistake or an attack on the caller's patience.
inline constexpr std::chrono::seconds kLongestRetryAfter{3600};

/// A Retry-After header (RFC 9110, 10.2.3): whole seconds, or a date ("Sun, 06 Nov 1994 08:49:37 GMT") read against
/// `now`. 0 to 3600 s; a past date is 0. Absent for anything else, the obsolete date forms included.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, std::chrono::system_clock::time_point now);

/// ISO 8601 as the service writes it: "2026-04-19T17:20:11Z", with a fraction or "+00:00" too. Absent when unreadable.
std::optional<std::chrono::system_clock::time_point> parse_iso8601(std::string_view text);

}  // namespace apmcp::agentphone

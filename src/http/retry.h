#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace apmcp::http {

/// A Retry-After header: whole seconds, or an HTTP date in the fixed form (RFC 9110, 5.6.7), which counts from `now`
/// and is zero when past. nullopt for everything else, so that junk means "not said".
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      std::chrono::system_clock::time_point now);

/// 429 and the 5xx that pass by themselves.
constexpr bool is_passing_status(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

/// Longest Retry-After that we sit out ourselves; the caller is told about longer ones.
inline constexpr std::chrono::seconds kLongestWait{10};

/// How long to wait before the repeats of one call: 250 ms, then 1 s, each with a quarter of jitter either way, and
/// never shorter than the server asked. Not thread-safe; one per call.
class RetryPlan {
 public:
  using Delays = std::array<std::chrono::milliseconds, 2>;
  static constexpr Delays kDelays{std::chrono::milliseconds{250}, std::chrono::milliseconds{1000}};

  RetryPlan(int repeats, Delays delays) : left_(repeats), delays_(delays) {}

  /// The wait before the next try; nullopt when there is none left or the server asks for more than kLongestWait.
  std::optional<std::chrono::milliseconds> next(std::optional<std::chrono::seconds> asked);

 private:
  int left_;
  Delays delays_;
  std::size_t used_ = 0;
};

}  // namespace apmcp::http

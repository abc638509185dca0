#include "http/retry.h"

#include <algorithm>
#include <charconv>
#include <random>
#include <system_error>

namespace apmcp::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> digits(std::string_view text) {
  int value = 0;
  const bool all = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!all || text.empty() || failure != std::errc{}) return std::nullopt;
  return value;
}

/// "19:20:11" as seconds of the day.
std::optional<seconds> parse_time(std::string_view text) {
  const auto hour = digits(text.substr(0, 2));
  const auto minute = digits(text.substr(3, 2));
  const auto second = digits(text.substr(6, 2));
  if (text[2] != ':' || text[5] != ':' || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::hours{*hour} + std::chrono::minutes{*minute} + seconds{*second};
}

/// "Sun, 06 Nov 1994 08:49:37 GMT". The day's name is not checked: it says nothing new.
std::optional<system_clock::time_point> parse_http_date(std::string_view text) {
  constexpr std::string_view kForm = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != kForm.size() || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") return std::nullopt;
  const auto day = digits(text.substr(5, 2));
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto year = digits(text.substr(12, 4));
  const auto time = parse_time(text.substr(17, 8));
  if (!day || month == kMonths.end() || !year || !time) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(month - kMonths.begin() + 1)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + *time;
}

milliseconds with_jitter(milliseconds wait) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  const auto quarter = wait.count() / 4;
  return wait + milliseconds{std::uniform_int_distribution<milliseconds::rep>(-quarter, quarter)(generator)};
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view value, system_clock::time_point now) {
  constexpr std::size_t kMostDigits = 9;
  if (value.size() <= kMostDigits) {
    const auto count = digits(value);
    return count ? std::optional<seconds>(*count) : std::nullopt;
  }
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  return std::max(std::chrono::ceil<seconds>(*date - now), seconds{0});
}

std::optional<milliseconds> RetryPlan::next(std::optional<seconds> asked) {
  if (left_ <= 0 || asked.value_or(seconds{0}) > kLongestWait) return std::nullopt;
  --left_;
  const milliseconds wait = with_jitter(delays_.at(std::min(used_++, delays_.size() - 1)));
  return std::max<milliseconds>(wait, asked.value_or(seconds{0}));
}

}  // namespace apmcp::http

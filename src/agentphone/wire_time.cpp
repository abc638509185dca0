#include "agentphone/wire_time.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace apmcp::agentphone {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::system_clock;

/// Reads fixed-width digits and literals from the front of a text. After the first mismatch it stays failed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t width) {
    if (rest_.size() < width) return fail();
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }

  void literal(std::string_view text) {
    if (!skip(text)) fail();
  }

  bool skip(std::string_view text) {
    if (rest_.substr(0, text.size()) != text) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  void skip_fraction() {
    if (!skip(".") && !skip(",")) return;
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (end == 0) fail();
    rest_.remove_prefix(end);
  }

  unsigned month_name() {
    constexpr std::array<std::string_view, 12> kNames{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (unsigned i = 0; i < kNames.size(); ++i) {
      if (skip(kNames[i])) return i + 1;
    }
    fail();
    return 0;
  }

  [[nodiscard]] bool at_end() const { return !failed_ && rest_.empty(); }

  [[nodiscard]] bool failed() const { return failed_; }

 private:
  int fail() {
    failed_ = true;
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

struct Moment {
  int year = 0;
  unsigned month = 0;
  int day = 0, hour = 0, minute = 0, second = 0;
};

std::optional<system_clock::time_point> to_time(const Moment& moment) {
  const std::chrono::year_month_day date{std::chrono::year{moment.year}, std::chrono::month{moment.month},
                                         std::chrono::day{static_cast<unsigned>(moment.day)}};
  // A leap second is allowed and counts as the first second of the next minute.
  if (!date.ok() || moment.hour > 23 || moment.minute > 59 || moment.second > 60) return std::nullopt;
  return std::chrono::sys_days{date} + hours{moment.hour} + minutes{moment.minute} + seconds{moment.second};
}

void read_clock(Scanner& in, Moment& moment) {
  moment.hour = in.digits(2);
  in.literal(":");
  moment.minute = in.digits(2);
  in.literal(":");
  moment.second = in.digits(2);
}

std::optional<system_clock::time_point> parse_http_date(std::string_view text) {
  constexpr std::size_t kWeekday = 5;  // "Sun, ", whose name adds nothing
  if (text.size() <= kWeekday || text.substr(3, 2) != ", ") return std::nullopt;
  Scanner in(text.substr(kWeekday));
  Moment moment;
  moment.day = in.digits(2);
  in.literal(" ");
  moment.month = in.month_name();
  in.literal(" ");
  moment.year = in.digits(4);
  in.literal(" ");
  read_clock(in, moment);
  in.literal(" GMT");
  return in.at_end() ? to_time(moment) : std::nullopt;
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view text, system_clock::time_point now) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int64_t value = 0;
    for (const char c : text) value = std::min<std::int64_t>(value * 10 + (c - '0'), kLongestRetryAfter.count());
    return seconds{value};
  }
  const auto when = parse_http_date(text);
  if (!when) return std::nullopt;
  const auto wait = std::chrono::ceil<seconds>(*when - now);
  return std::clamp(wait, seconds{0}, kLongestRetryAfter);
}

std::optional<system_clock::time_point> parse_iso8601(std::string_view text) {
  Scanner in(text);
  Moment moment;
  moment.year = in.digits(4);
  in.literal("-");
  moment.month = static_cast<unsigned>(in.digits(2));
  in.literal("-");
  moment.day = in.digits(2);
  if (!in.skip("T")) in.literal(" ");
  read_clock(in, moment);
  in.skip_fraction();
  minutes offset{0};
  if (!in.skip("Z") && !in.at_end()) {
    const int sign = in.skip("-") ? -1 : 1;
    if (sign > 0) in.literal("+");
    const int offset_hours = in.digits(2);
    in.skip(":");
    offset = sign * (hours{offset_hours} + minutes{in.digits(2)});
  }
  if (!in.at_end()) return std::nullopt;
  const auto local = to_time(moment);
  if (!local) return std::nullopt;
  return *local - offset;
}

}  // namespace apmcp::agentphone

#include "sandbox/time_text.h"

#include <chrono>

namespace apmcp::sandbox {
namespace {

/// Reads text from the left and remembers whether all of it fitted so far.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') {
        fits_ = false;
        return 0;
      }
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  bool accept(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) { fits_ = accept(c) && fits_; }

  int fraction_in_millis() {
    int value = 0;
    int weight = 100;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      value += (rest_[0] - '0') * weight;
      weight /= 10;
      rest_.remove_prefix(1);
    }
    return value;
  }

  [[nodiscard]] bool done() const { return fits_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool fits_ = true;
};

std::chrono::minutes offset(Cursor& in) {
  if (in.accept('Z')) return std::chrono::minutes{0};
  const bool east = in.accept('+');
  if (!east && !in.accept('-')) return std::chrono::minutes{0};
  const int hours = in.digits(2);
  in.accept(':');
  const int minutes = in.digits(2);
  return std::chrono::minutes{(hours * 60 + minutes) * (east ? 1 : -1)};
}

}  // namespace

std::optional<Clock::TimePoint> parse_iso8601(std::string_view text) {
  Cursor in(text);
  const int year = in.digits(4);
  in.expect('-');
  const int month = in.digits(2);
  in.expect('-');
  const int day = in.digits(2);
  if (!in.accept('T')) in.expect(' ');
  const int hour = in.digits(2);
  in.expect(':');
  const int minute = in.digits(2);
  in.expect(':');
  const int second = in.digits(2);
  const int millis = in.accept('.') ? in.fraction_in_millis() : 0;
  const std::chrono::minutes east = offset(in);
  const auto date = std::chrono::year{year} / month / day;
  if (!in.done() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + std::chrono::milliseconds{millis} - east;
}

}  // namespace apmcp::sandbox

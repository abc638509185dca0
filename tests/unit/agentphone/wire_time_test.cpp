#include "agentphone/wire_time.h"

#include <chrono>
#include <string_view>

#include <doctest/doctest.h>

using apmcp::agentphone::parse_iso8601;
using apmcp::agentphone::parse_retry_after;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;

namespace {

constexpr auto kNow = sys_days{year{2026} / 4 / 19} + std::chrono::hours{17};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("Retry-After is whole seconds or an HTTP date, at most an hour") {
    CHECK(parse_retry_after("0", kNow) == seconds{0});
    CHECK(parse_retry_after(" 12 ", kNow) == seconds{12});
    CHECK(parse_retry_after("99999999999999999999999", kNow) == seconds{3600});
    CHECK(parse_retry_after("Sun, 19 Apr 2026 17:00:30 GMT", kNow) == seconds{30});
    CHECK(parse_retry_after("Sun, 19 Apr 2026 16:00:00 GMT", kNow) == seconds{0});
    CHECK(parse_retry_after("Sun, 19 Apr 2099 16:00:00 GMT", kNow) == seconds{3600});
  }

  TEST_CASE("anything else is no waiting time") {
    for (const std::string_view text :
         {"", " ", "-1", "1.5", "+3", "soon", "0x10", "Sun, 31 Feb 2026 17:00:00 GMT", "Sun, 19 Apr 2026 25:00:00 GMT",
          "Sunday, 19-Apr-26 17:00:00 GMT", "Sun, 19 Apr 2026 17:00:00", "Sun, 19 Apr 2026 17:00:00 GMT+1", "Sun, "}) {
      CAPTURE(text);
      CHECK_FALSE(parse_retry_after(text, kNow));
    }
  }

  TEST_CASE("times of the service are read with Z, a fraction or an offset") {
    for (const std::string_view text :
         {"2026-04-19T17:00:00Z", "2026-04-19T17:00:00.123Z", "2026-04-19T17:00:00+00:00", "2026-04-19T19:00:00+02:00",
          "2026-04-19T12:30:00-0430", "2026-04-19 17:00:00", "2026-04-19T17:00:00.000000"}) {
      CAPTURE(text);
      CHECK(parse_iso8601(text) == kNow);
    }
    for (const std::string_view text : {"", "2026-04-19", "2026-13-01T00:00:00Z", "2026-04-19T17:00:00Zx",
                                        "2026-04-19T17:00:00.Z", "yesterday", "2026-04-19T17:00:00*02:00"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_iso8601(text));
    }
  }
}

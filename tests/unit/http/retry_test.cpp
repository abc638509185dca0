#include "http/retry.h"

#include <chrono>

#include <doctest/doctest.h>

namespace apmcp::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_SUITE("unit") {
  TEST_CASE("Retry-After is read as seconds or as a date, and junk means not said") {
    // Sun, 06 Nov 1994 08:49:37 GMT
    const auto now = std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + std::chrono::hours{8} +
                     std::chrono::minutes{49} + seconds{37};
    CHECK(parse_retry_after("0", now) == seconds{0});
    CHECK(parse_retry_after("7", now) == seconds{7});
    CHECK(parse_retry_after("999999999", now) == seconds{999'999'999});
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:42 GMT", now) == seconds{5});
    CHECK(parse_retry_after("Mon, 07 Nov 1994 08:49:37 GMT", now) == std::chrono::hours{24});
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now) == seconds{0});
    for (const char* junk : {"", "-1", "+3", "1.5", "soon", "9999999999", "Sun, 06 Nov 1994 08:49:37", "7 seconds",
                             "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                             "Sun, 06 Nxv 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08-49-37 GMT"}) {
      CAPTURE(junk);
      CHECK_FALSE(parse_retry_after(junk, now).has_value());
    }
  }

  TEST_CASE("repeats wait about 250 ms and then a second, and end") {
    RetryPlan plan(2, RetryPlan::kDelays);
    const auto first = plan.next(std::nullopt);
    const auto second = plan.next(std::nullopt);
    REQUIRE(first.has_value());
    REQUIRE(second.has_value());
    CHECK(*first >= milliseconds{187});
    CHECK(*first <= milliseconds{313});
    CHECK(*second >= milliseconds{750});
    CHECK(*second <= milliseconds{1250});
    CHECK_FALSE(plan.next(std::nullopt).has_value());
  }

  TEST_CASE("a repeat never comes sooner than the server asked, and not at all when it asks for too long") {
    RetryPlan plan(3, RetryPlan::kDelays);
    CHECK(plan.next(seconds{3}) == seconds{3});
    CHECK_FALSE(plan.next(seconds{11}).has_value());
    CHECK(plan.next(kLongestWait) == kLongestWait);
    CHECK(plan.next(seconds{0}) >= milliseconds{750});
  }

  TEST_CASE("only statuses that pass by themselves are repeated") {
    for (const int status : {429, 500, 502, 503, 504}) CHECK(is_passing_status(status));
    for (const int status : {200, 301, 400, 401, 402, 403, 404, 408, 409, 422, 501, 505}) {
      CHECK_FALSE(is_passing_status(status));
    }
  }
}

}  // namespace
}  // namespace apmcp::http

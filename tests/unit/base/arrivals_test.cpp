#include "base/arrivals.h"

#include <thread>

#include <doctest/doctest.h>

namespace apmcp::test {
namespace {

constexpr std::chrono::seconds kLong{20};

TEST_SUITE("unit") {
  TEST_CASE("what came between the look and the wait is not missed") {
    Arrivals arrivals;
    const auto seen = arrivals.seen();
    arrivals.announce();
    CHECK(arrivals.wait(seen, {}, kLong));
    CHECK_FALSE(arrivals.wait(arrivals.seen(), {}, std::chrono::milliseconds{1}));
  }

  TEST_CASE("everybody who waits is woken, and who gives up waits no longer") {
    Arrivals arrivals;
    const auto seen = arrivals.seen();
    bool first = false;
    bool second = false;
    bool stopped = true;
    {
      std::jthread one([&] { first = arrivals.wait(seen, {}, kLong); });
      std::jthread two([&] { second = arrivals.wait(seen, {}, kLong); });
      arrivals.announce();
    }
    CHECK(first);
    CHECK(second);
    {
      std::jthread three([&](const std::stop_token& stop) { stopped = arrivals.wait(arrivals.seen(), stop, kLong); });
    }
    CHECK_FALSE(stopped);
  }
}

}  // namespace
}  // namespace apmcp::test

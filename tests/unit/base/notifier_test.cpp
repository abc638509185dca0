#include "base/notifier.h"

#include <thread>

#include <doctest/doctest.h>

namespace apmcp::test {
namespace {

using Topics = std::vector<std::string>;

constexpr std::chrono::seconds kLong{20};
constexpr std::chrono::nanoseconds kNoTime{0};

TEST_SUITE("unit") {
  TEST_CASE("only waiters of the topic are woken, and all of them") {
    Notifier notifier;
    Notifier::Waiter one(notifier, Topics{"num_1", "num_2"});
    Notifier::Waiter two(notifier, Topics{"num_2"});
    Notifier::Waiter other(notifier, Topics{"num_3"});
    CHECK_FALSE(notifier.was_used());
    notifier.notify("num_2");
    CHECK(notifier.was_used());
    CHECK(one.wait({}, kLong));
    CHECK(two.wait({}, kLong));
    CHECK_FALSE(other.wait({}, kNoTime));
    notifier.notify("num_4");
    CHECK_FALSE(one.wait({}, kNoTime));
  }

  TEST_CASE("a notification without a topic wakes everyone") {
    Notifier notifier;
    Notifier::Waiter one(notifier, Topics{"num_1"});
    Notifier::Waiter two(notifier, Topics{"num_2"});
    notifier.notify("");
    CHECK(one.wait({}, kLong));
    CHECK(two.wait({}, kLong));
  }

  TEST_CASE("notifications before the wait count, and coalesce") {
    Notifier notifier;
    Notifier::Waiter waiter(notifier, Topics{"num_1"});
    for (int i = 0; i < 100; ++i) notifier.notify("num_1");
    CHECK(waiter.wait({}, kLong));
    CHECK_FALSE(waiter.wait({}, kNoTime));
  }

  TEST_CASE("a wait ends with a notification from another thread, and with its stop") {
    Notifier notifier;
    Notifier::Waiter waiter(notifier, Topics{"num_1"});
    {
      std::jthread waker([&] { notifier.notify("num_1"); });
      CHECK(waiter.wait({}, kLong));
    }
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    CHECK_FALSE(waiter.wait(stop.get_token(), kLong));
  }

  TEST_CASE("a waiter that is gone is not woken") {
    Notifier notifier;
    { Notifier::Waiter gone(notifier, Topics{"num_1"}); }
    notifier.notify("num_1");
  }
}

}  // namespace
}  // namespace apmcp::test

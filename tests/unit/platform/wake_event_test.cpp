#include "platform/wake_event.h"

#include <poll.h>

#include <doctest/doctest.h>

namespace apmcp::platform {
namespace {

bool is_readable(const WakeEvent& event) {
  pollfd entry{.fd = event.descriptor(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLIN) != 0;
}

TEST_SUITE("unit") {
  TEST_CASE("a wake event is readable from the first signal until it is cleared, again and again") {
    WakeEvent event;
    REQUIRE(event.is_open());
    event.clear();
    CHECK_FALSE(event.is_signalled());
    for (int round = 0; round < 3; ++round) {
      CHECK_FALSE(is_readable(event));
      event.signal();
      event.signal();
      CHECK(is_readable(event));
      CHECK(event.is_signalled());
      event.clear();
    }
    CHECK_FALSE(event.is_signalled());
  }
}

}  // namespace
}  // namespace apmcp::platform

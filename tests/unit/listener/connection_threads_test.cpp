#include "listener/connection_threads.h"

#include <atomic>
#include <latch>
#include <memory>

#include <doctest/doctest.h>

namespace apmcp::listener {
namespace {

using std::chrono::milliseconds;

TEST_SUITE("unit") {
  TEST_CASE("threads run up to the limit, and the end of their owner is the end of them all") {
    std::atomic<int> done = 0;
    {
      ConnectionThreads threads(50);
      std::latch go_on(1);
      for (int i = 0; i < 50; ++i) {
        CHECK(threads.start([&] {
          go_on.wait();
          ++done;
        }));
      }
      CHECK_FALSE(threads.start([] {}));
      CHECK_FALSE(threads.wait_idle(milliseconds{0}));
      go_on.count_down();
      CHECK(threads.wait_idle(milliseconds{5000}));
      CHECK(threads.start([&] { ++done; }));
    }
    CHECK(done == 51);
  }

  TEST_CASE("a thread that cannot be had costs neither its work's resources nor its place") {
    constexpr std::size_t kMoreThanThereIs = std::size_t{1} << 60;
    ConnectionThreads threads(1, kMoreThanThereIs);
    for (int i = 0; i < 3; ++i) {
      const auto socket = std::make_shared<int>(0);
      CHECK_FALSE(threads.start([socket] {}));
      CHECK(socket.use_count() == 1);
    }
    CHECK(threads.wait_idle(milliseconds{0}));
  }
}

}  // namespace
}  // namespace apmcp::listener

#include "base/executor.h"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>

using apmcp::Executor;

TEST_SUITE("unit") {
  TEST_CASE("jobs run at the same time, up to the number of threads") {
    std::latch all_started(3);
    std::atomic<int> done = 0;
    {
      Executor executor(3, 10);
      for (int i = 0; i < 3; ++i) {
        CHECK(executor.submit([&] {
          all_started.arrive_and_wait();  // passes only if all three run at once
          ++done;
        }));
      }
    }
    CHECK(done == 3);
  }

  TEST_CASE("a full queue refuses, and what was taken is still done") {
    std::latch started(1);
    std::latch release(1);
    std::atomic<int> done = 0;
    {
      Executor executor(1, 2);
      CHECK(executor.submit([&] {
        started.count_down();
        release.wait();
        ++done;
      }));
      started.wait();
      CHECK(executor.submit([&] { ++done; }));
      CHECK(executor.submit([&] { ++done; }));
      CHECK_FALSE(executor.submit([&] { ++done; }));
      release.count_down();
    }
    CHECK(done == 3);
  }
}

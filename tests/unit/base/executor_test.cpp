#include "base/executor.h"

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

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

  TEST_CASE("a client with a full share waits, and delays no other") {
    const auto share = std::make_shared<Executor::Share>(2);
    std::latch started(2);
    std::latch release(1);
    std::atomic<int> done = 0;
    std::promise<void> other;
    {
      Executor executor(8, 100);
      for (int i = 0; i < 5; ++i) {
        CHECK(executor.submit(
            [&, i] {
              CHECK_MESSAGE((i < 2 || done > 0), "the third begins when one of the first two is done");
              if (i < 2) started.count_down();
              release.wait();
              ++done;
            },
            {.share = share}));
      }
      started.wait();
      CHECK(executor.submit([&] { other.set_value(); }));
      other.get_future().wait();
      CHECK(executor.queued() == 3);
      for (std::size_t i = 3; i < 2 * Executor::Share::kWaitingFactor; ++i) {
        CHECK(executor.submit([&] { ++done; }, {.share = share}));
      }
      CHECK_FALSE(executor.submit([&] { ++done; }, {.share = share}));
      release.count_down();
      CHECK(executor.wait_idle(std::chrono::seconds{20}));
    }
    CHECK(done == 2 + 2 * Executor::Share::kWaitingFactor);
  }

  TEST_CASE("a job that cannot begin in time is given up, by the pool or by its client's share") {
    std::latch release(1);
    Executor executor(2, 100);
    const auto share = std::make_shared<Executor::Share>(1);
    const auto submit = [&](std::promise<std::string>& outcome) {
      return executor.submit(
          [&] { outcome.set_value("ran"); },
          {.share = share, .limit = std::chrono::milliseconds{1}, .give_up = [&] { outcome.set_value("given up"); }});
    };
    std::promise<std::string> at_once;
    CHECK(submit(at_once));
    CHECK(at_once.get_future().get() == "ran");
    CHECK(executor.submit([&] { release.wait(); }, {.share = share}));
    std::promise<std::string> by_share;
    CHECK(submit(by_share));
    CHECK(by_share.get_future().get() == "given up");
    CHECK(executor.submit([&] { release.wait(); }));
    std::promise<std::string> by_pool;
    CHECK(executor.submit([&] { by_pool.set_value("ran"); },
                          {.limit = std::chrono::milliseconds{1}, .give_up = [&] { by_pool.set_value("given up"); }}));
    CHECK(by_pool.get_future().get() == "given up");
    release.count_down();
    CHECK(executor.wait_idle(std::chrono::seconds{20}));
  }

  TEST_CASE("a job that waits and lends its place does not keep others from running") {
    std::latch answered(1);
    std::latch all_waiting(2);
    std::atomic<int> done = 0;
    {
      Executor executor(2, 10);
      for (int i = 0; i < 2; ++i) {
        CHECK(executor.submit([&] {
          const Executor::LentPlace lent(executor);
          all_waiting.count_down();
          answered.wait();
          ++done;
        }));
      }
      all_waiting.wait();
      // Both places are taken by jobs that wait; only a third can let them go.
      CHECK(executor.submit([&] { answered.count_down(); }));
      answered.wait();
    }
    CHECK(done == 2);
  }

  TEST_CASE("a job that was queued behind one that lends its place later still runs") {
    std::latch queued(1);
    std::latch answered(1);
    Executor executor(1, 10);
    CHECK(executor.submit([&] {
      queued.wait();
      const Executor::LentPlace lent(executor);
      answered.wait();
    }));
    CHECK(executor.submit([&] { answered.count_down(); }));
    queued.count_down();
    answered.wait();
  }

  TEST_CASE("a place that was taken back is not used by a second job") {
    std::latch lent(1);
    std::latch returned(1);
    std::latch release(1);
    std::latch others(3);
    std::atomic<bool> first_is_running = false;
    std::atomic<bool> overlapped = false;
    Executor executor(1, 10);
    CHECK(executor.submit([&] {
      {
        const Executor::LentPlace place(executor);
        lent.wait();
      }
      first_is_running = true;
      returned.count_down();
      release.wait();
      first_is_running = false;
    }));
    CHECK(executor.submit([&] { lent.count_down(); }));
    returned.wait();
    for (int i = 0; i < 3; ++i) {
      CHECK(executor.submit([&] {
        if (first_is_running) overlapped = true;
        others.count_down();
      }));
    }
    release.count_down();
    others.wait();
    CHECK_FALSE(overlapped);
  }

  TEST_CASE("two places lent in one breath let two jobs run, though one thread was idle") {
    Executor executor(1, 10);
    std::latch both_ran(1);
    CHECK(executor.submit([&] {
      const Executor::LentPlace place(executor);
      both_ran.wait();
    }));
    CHECK(executor.submit([&] { both_ran.count_down(); }));
    REQUIRE(executor.wait_idle(std::chrono::seconds(20)));  // two threads, and both are idle

    std::latch held(1);
    std::latch release(1);
    CHECK(executor.submit([&] {
      held.count_down();
      release.wait();
    }));
    held.wait();
    std::latch met(2);
    std::promise<void> promise;
    CHECK(executor.submit([&] { met.arrive_and_wait(); }));
    CHECK(executor.submit([&] {
      met.arrive_and_wait();
      promise.set_value();
    }));
    {
      const Executor::LentPlace one(executor);
      const Executor::LentPlace other(executor);
      CHECK(promise.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    }
    release.count_down();
  }

  TEST_CASE("places are lent up to a bound, and given back") {
    Executor executor(1, 1);
    std::vector<std::unique_ptr<Executor::LentPlace>> places;
    for (std::size_t i = 0; i < Executor::kMaxLent + 5; ++i) {
      places.push_back(std::make_unique<Executor::LentPlace>(executor));
    }
    places.clear();
    CHECK(executor.submit([] {}));
  }
}

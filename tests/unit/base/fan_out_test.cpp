#include "base/fan_out.h"

#include <atomic>
#include <latch>
#include <set>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

namespace apmcp::test {
namespace {

using Parts = std::vector<std::function<void()>>;

TEST_SUITE("unit") {
  TEST_CASE("parts run at the same time, on the caller and on the helpers of the pool") {
    Executor pool(8, 8);
    std::latch all_at_once(3);
    std::vector<int> ran(3);
    Parts parts;
    for (std::size_t i = 0; i < ran.size(); ++i) {
      parts.emplace_back([&, i] {
        all_at_once.arrive_and_wait();
        ++ran[i];
      });
    }
    run_parts(std::move(parts), &pool, 2);
    CHECK(ran == std::vector<int>{1, 1, 1});
  }

  TEST_CASE("without helpers, and with a pool that has no room, the caller runs them all") {
    std::latch go_on(1);
    Executor full(1, 0);
    Executor busy(1, 8);
    busy.submit([&] { go_on.wait(); });
    for (Executor* pool : std::initializer_list<Executor*>{nullptr, &full, &busy}) {
      std::set<std::thread::id> threads;
      int ran = 0;
      const auto part = [&] {
        threads.insert(std::this_thread::get_id());
        ++ran;
      };
      run_parts({part, part, part}, pool, 3);
      CHECK(ran == 3);
      CHECK(threads == std::set<std::thread::id>{std::this_thread::get_id()});
    }
    go_on.count_down();
    run_parts({}, nullptr, 3);
  }

  TEST_CASE("many callers on a pool that they fill themselves end") {
    std::atomic<int> ran = 0;
    {
      Executor pool(2, 64);
      for (int i = 0; i < 16; ++i) {
        pool.submit([&] { run_parts(Parts(4, [&] { ++ran; }), &pool, 3); });
      }
      CHECK(pool.wait_idle(std::chrono::seconds{20}));
    }
    CHECK(ran == 64);
  }

  TEST_CASE("an exception of a part is thrown after all have ended") {
    Executor pool(2, 8);
    std::atomic<int> ran = 0;
    const Parts parts{[&] { ++ran; }, [] { throw std::runtime_error("broken"); }, [&] { ++ran; }};
    CHECK_THROWS_WITH(run_parts(parts, &pool, 2), "broken");
    CHECK(ran == 2);
  }
}

}  // namespace
}  // namespace apmcp::test

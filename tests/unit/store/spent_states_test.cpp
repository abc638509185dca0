#include "store/spent_states.h"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "support/manual_clock.h"
#include "support/temporary_directory.h"

using apmcp::ErrorCode;
using apmcp::mcp::SpentStates;
using apmcp::store::open_spent_states;

namespace {

struct SpentFile {
  std::unique_ptr<SpentStates> open() {
    auto opened = open_spent_states(folder.path() / "state" / "states.db");
    REQUIRE(opened);
    return *std::move(opened);
  }

  apmcp::test::TemporaryDirectory folder;
  apmcp::test::ManualClock clock;
};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a state that one process spent is spent for the other, and after a restart") {
    SpentFile file;
    const auto later = file.clock.now() + std::chrono::seconds(60);
    {
      const auto a = file.open();
      const auto b = file.open();
      CHECK(*a->spend("n1", later, file.clock.now()));
      CHECK_FALSE(*b->spend("n1", later, file.clock.now()));
      CHECK(*b->spend("n2", later, file.clock.now()));
    }
    const auto after = file.open();
    CHECK_FALSE(*after->spend("n2", later, file.clock.now()));
    file.clock.advance(std::chrono::seconds(120));
    CHECK_MESSAGE(*after->spend("n2", later, file.clock.now()), "an expired state is forgotten; it cannot be opened");
  }

  TEST_CASE("of many that spend one state at the same time exactly one is first") {
    SpentFile file;
    const auto later = file.clock.now() + std::chrono::seconds(60);
    const std::array<std::unique_ptr<SpentStates>, 2> processes{file.open(), file.open()};
    constexpr int kStates = 20;
    std::array<std::atomic<int>, kStates> first{};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
          for (int state = 0; state < kStates; ++state) {
            const auto spent =
                processes.at(static_cast<std::size_t>(i % 2))->spend(std::to_string(state), later, file.clock.now());
            if (spent && *spent) ++first.at(static_cast<std::size_t>(state));
          }
        });
      }
    }
    for (const auto& count : first) CHECK(count == 1);
  }
}

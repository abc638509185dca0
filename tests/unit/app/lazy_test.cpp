#include "app/lazy.h"

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "mcp/memory_task_store.h"

namespace {

using apmcp::app::Lazy;

/// Answers everything with 204.
struct Answering final : apmcp::http::HttpTransport {
  apmcp::Result<apmcp::http::HttpResponse> send(const apmcp::http::HttpRequest& /*request*/,
                                                const apmcp::http::CallOptions& /*options*/) override {
    return apmcp::http::HttpResponse{.status = 204};
  }

  apmcp::Result<apmcp::http::HttpResponse> stream(const apmcp::http::HttpRequest& /*request*/,
                                                  const apmcp::http::CallOptions& /*options*/,
                                                  const apmcp::http::BodySink& /*on_bytes*/) override {
    return apmcp::http::HttpResponse{.status = 204};
  }
};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("what could not be made is tried again, and what was made is kept") {
    int tries = 0;
    const Lazy<int> lazy([&] { return ++tries < 3 ? nullptr : std::make_unique<int>(tries); });
    CHECK(lazy.get() == nullptr);
    CHECK(lazy.get() == nullptr);
    REQUIRE(lazy.get() != nullptr);
    CHECK(*lazy.get() == 3);
    CHECK(tries == 3);
  }

  TEST_CASE("threads that ask at once get one thing") {
    std::atomic<int> made = 0;
    const Lazy<int> lazy([&] { return std::make_unique<int>(++made); });
    std::array<int*, 8> seen{};
    {
      std::vector<std::jthread> threads;
      for (int*& mine : seen) threads.emplace_back([&lazy, &mine] { mine = lazy.get(); });
    }
    for (const int* mine : seen) CHECK(mine == seen[0]);
    CHECK(made == 1);
  }

  TEST_CASE("a transport that could not be loaded is an error of this call only") {
    bool has_room = false;
    apmcp::app::LazyTransport transport([&]() -> std::unique_ptr<apmcp::http::HttpTransport> {
      return has_room ? std::make_unique<Answering>() : nullptr;
    });
    const auto refused = transport.send({}, {});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == apmcp::ErrorCode::kInternal);
    has_room = true;
    CHECK(transport.send({}, {}).ok());
  }

  TEST_CASE("without its store a task is refused and none is found, until the store can be opened") {
    bool has_room = false;
    apmcp::app::LazyTaskStore store([&]() -> std::unique_ptr<apmcp::mcp::TaskStore> {
      return has_room ? std::make_unique<apmcp::mcp::MemoryTaskStore>(apmcp::mcp::MemoryTaskStore::Limits{}) : nullptr;
    });
    const apmcp::mcp::TaskRecord task{.id = "task_1"};
    CHECK_FALSE(store.insert(task).ok());
    CHECK_FALSE(store.find("task_1"));
    CHECK(store.adopt("", 1).empty());
    has_room = true;
    CHECK(store.insert(task).ok());
    CHECK(store.find("task_1"));
  }
}

#include <thread>

#include "unit/sandbox/sandbox_fixture.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

http::HttpRequest post_agent() {
  return {.method = http::Method::kPost,
          .target = "/v1/agents",
          .body = R"({"name":"A"})",
          .bearer = Secret("sk_test_one")};
}

http::HttpRequest get_agents() {
  return {.method = http::Method::kGet, .target = "/v1/agents", .body = "", .bearer = Secret("sk_test_one")};
}

}  // namespace

TEST_CASE("a scripted status replaces as many answers as it says, and nothing is done for them") {
  Sandbox sandbox;
  sandbox.simulator.add_fault(
      {.method = "POST", .path_prefix = "/v1/agents", .status = 503, .retry_after = "7", .times = 2});
  CHECK(sandbox.get("/v1/agents").status == 200);
  const Answered first = sandbox.post("/v1/agents", {{"name", "A"}});
  CHECK(first.status == 503);
  CHECK(first.retry_after == "7");
  CHECK(sandbox.post("/v1/agents", {{"name", "A"}}).status == 503);
  CHECK(sandbox.get("/v1/agents").body["total"] == 1);
  CHECK(sandbox.post("/v1/agents", {{"name", "A"}}).status == 200);
}

TEST_CASE("a fault after the commit has done what it hides") {
  Sandbox sandbox;
  sandbox.simulator.add_fault({.method = "POST", .status = 502, .body = R"({"detail":"lost"})", .commit = true});
  const Answered answer = sandbox.post("/v1/agents", {{"name", "A"}});
  CHECK(answer.status == 502);
  CHECK(refusal(answer) == "lost");
  CHECK(sandbox.get("/v1/agents").body["total"] == 2);
}

TEST_CASE("a cut write has an unknown outcome, a cut read is only down") {
  Sandbox sandbox;
  sandbox.simulator.add_fault({.path_prefix = "/v1/agents", .cut = true, .times = -1});
  const auto write = sandbox.simulator.send(post_agent(), {});
  REQUIRE_FALSE(write.ok());
  CHECK(write.error().code == ErrorCode::kOutcomeUnknown);
  CHECK(write.error().data["stage"] == "receive");
  const auto read = sandbox.simulator.send(get_agents(), {});
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ErrorCode::kUpstreamDown);
  sandbox.simulator.clear_faults();
  const auto after = sandbox.simulator.send(get_agents(), {});
  REQUIRE(after.ok());
  CHECK((*parse_json(after->body))["total"] == 1);
}

TEST_CASE("a delay beyond the caller's patience is a timeout, or an unknown outcome for a write") {
  Sandbox sandbox;
  sandbox.simulator.add_fault({.delay = std::chrono::hours{1}, .times = -1});
  const auto read = sandbox.simulator.send(get_agents(), {.timeout = milliseconds{5}});
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ErrorCode::kTimeout);
  const auto write = sandbox.simulator.send(post_agent(), {.timeout = milliseconds{5}});
  REQUIRE_FALSE(write.ok());
  CHECK(write.error().code == ErrorCode::kOutcomeUnknown);
}

TEST_CASE("a caller who gives up during a delay is let go at once") {
  Sandbox sandbox;
  sandbox.simulator.add_fault({.delay = std::chrono::hours{1}, .times = -1});
  std::stop_source stop;
  const std::jthread impatient([&stop] { stop.request_stop(); });
  const auto read = sandbox.simulator.send(get_agents(), {.stop = stop.get_token(), .timeout = std::chrono::hours{1}});
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ErrorCode::kCancelled);
}

TEST_CASE("the log has what was asked, and no key") {
  Sandbox sandbox;
  sandbox.post("/v1/agents", {{"name", "sk_live_0123456789abcdef"}});
  sandbox.get("/v1/calls?limit=3");
  sandbox.simulator.add_fault({.cut = true});
  static_cast<void>(sandbox.simulator.send(get_agents(), {}));
  const auto log = sandbox.simulator.requests();
  REQUIRE(log.size() == 3);
  CHECK(log[0].method == "POST");
  CHECK(log[0].path == "/v1/agents");
  CHECK(log[0].status == 200);
  CHECK(log[0].body.find("sk_live_0123456789abcdef") == std::string::npos);
  CHECK(log[0].body_sha256.size() == 64);
  CHECK(log[1].path == "/v1/calls");
  CHECK(log[1].target == "/v1/calls?limit=3");
  CHECK(log[2].status == 0);
  sandbox.simulator.clear_requests();
  CHECK(sandbox.simulator.requests().empty());
}

TEST_CASE("the next thing that will happen is known, and nothing is when all is quiet") {
  Sandbox sandbox;
  CHECK_FALSE(sandbox.simulator.next_due().has_value());
  sandbox.call("+14155550101");
  REQUIRE(sandbox.simulator.next_due().has_value());
  CHECK(*sandbox.simulator.next_due() == sandbox.clock.now() + seconds{3});
  sandbox.pass(seconds{3});
  CHECK_FALSE(sandbox.simulator.next_due().has_value());
}

TEST_CASE("requests from many threads find one consistent world") {
  Sandbox sandbox;
  sandbox.starter_agent();
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&sandbox] {
        for (int i = 0; i < kEach; ++i) {
          sandbox.simulator.inject_text("+14155550120", "+14155550200", "hi");
          static_cast<void>(sandbox.simulator.send(get_agents(), {}));
        }
      });
    }
  }
  CHECK(sandbox.get("/v1/conversations").body["data"][0]["messageCount"] == kThreads * kEach);
}

}  // namespace apmcp::test

TEST_SUITE_END();

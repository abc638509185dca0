#include "unit/sandbox/sandbox_fixture.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::test {
namespace {

using std::chrono::seconds;

struct Stream {
  explicit Stream(Sandbox& sandbox) {
    const Answered placed = sandbox.post(
        "/v1/calls",
        {{"agentId", sandbox.starter_agent()}, {"toNumber", kSalon}, {"systemPrompt", "Book a manicure."}});
    id = Sandbox::text(placed.body, "id");
  }

  http::HttpRequest request(const Sandbox& sandbox) const {
    return {.method = http::Method::kGet,
            .target = "/v1/calls/" + id + "/transcript/stream",
            .body = {},
            .bearer = Secret(sandbox.key)};
  }

  /// Names of the events, and "heartbeat", until `enough` or the end.
  std::vector<std::string> read(Sandbox& sandbox, std::size_t enough = 1'000) {
    std::vector<std::string> names;
    result = sandbox.simulator.stream(
        request(sandbox), {.stop = {}, .timeout = std::chrono::milliseconds{200}}, [&](std::string_view piece) {
          const bool is_event = piece.starts_with("event: ");
          names.emplace_back(is_event ? piece.substr(7, piece.find('\n') - 7) : "heartbeat");
          CHECK(piece.ends_with("\n\n"));
          return names.size() < enough;
        });
    return names;
  }

  std::string id;
  Result<http::HttpResponse> result = http::HttpResponse{};
};

}  // namespace

TEST_CASE("the transcript of a finished call is replayed, and ends") {
  Sandbox sandbox;
  Stream stream(sandbox);
  sandbox.pass(seconds{180});
  const auto names = stream.read(sandbox);
  REQUIRE(stream.result.ok());
  CHECK(stream.result->content_type == "text/event-stream");
  REQUIRE(names.size() > 4);
  CHECK(names.front() == "connected");
  CHECK(names[1] == "turn");
  CHECK(names.back() == "ended");
  const Answered flat = sandbox.get("/v1/calls/" + stream.id + "/transcript");
  CHECK(flat.body["transcript"].size() == names.size() - 2);
  CHECK(flat.body["status"] == "completed");
}

TEST_CASE("a live transcript waits for the next turn, and its reader's time may be up first") {
  Sandbox sandbox;
  Stream stream(sandbox);
  sandbox.pass(seconds{5});
  CHECK(stream.read(sandbox) == std::vector<std::string>{"connected", "turn"});
  REQUIRE_FALSE(stream.result.ok());
  CHECK(stream.result.error().code == ErrorCode::kTimeout);
}

TEST_CASE("a transcript stream can be cut after some events, or be refused") {
  Sandbox sandbox;
  Stream stream(sandbox);
  sandbox.pass(seconds{180});
  sandbox.simulator.add_fault({.path_prefix = "/v1/calls/" + stream.id, .cut_after_events = 2});
  CHECK(stream.read(sandbox) == std::vector<std::string>{"connected", "turn"});
  REQUIRE_FALSE(stream.result.ok());
  CHECK(stream.result.error().code == ErrorCode::kUpstreamDown);
  sandbox.simulator.add_fault({.path_prefix = "/v1/calls/" + stream.id, .status = 404});
  CHECK(stream.read(sandbox).empty());
  REQUIRE(stream.result.ok());
  CHECK(stream.result->status == 404);
  CHECK(stream.read(sandbox).back() == "ended");
}

TEST_CASE("a call can be hung up once, while it is live") {
  Sandbox sandbox;
  Stream stream(sandbox);
  sandbox.pass(seconds{10});
  const Answered ended = sandbox.post("/v1/calls/" + stream.id + "/end", nullptr);
  CHECK(ended.status == 200);
  CHECK(ended.body["status"] == "ending");
  CHECK(sandbox.post("/v1/calls/" + stream.id + "/end", nullptr).status == 409);
  const auto said = sandbox.get("/v1/calls/" + stream.id).body["transcripts"].size();
  sandbox.pass(seconds{60});
  const Answered over = sandbox.get("/v1/calls/" + stream.id);
  CHECK(over.body["status"] == "completed");
  CHECK(over.body["transcripts"].size() == said);
  CHECK(sandbox.post("/v1/calls/" + stream.id + "/end", nullptr).status == 409);
  CHECK(sandbox.post("/v1/calls/call_nobody/end", nullptr).status == 404);
}

TEST_CASE("a long poll is answered at once when the call is over") {
  Sandbox sandbox;
  Stream stream(sandbox);
  sandbox.pass(seconds{180});
  CHECK(sandbox.get("/v1/calls/" + stream.id + "?wait=true&timeout=10").body["status"] == "completed");
  CHECK(sandbox.get("/v1/calls/" + stream.id + "?wait=true&timeout=5").status == 422);
}

}  // namespace apmcp::test

TEST_SUITE_END();

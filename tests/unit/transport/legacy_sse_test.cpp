#include <doctest/doctest.h>

#include "unit/transport/http_fixture.h"

using namespace apmcp::test;  // NOLINT(google-build-using-namespace): the vocabulary of these stories

namespace {

constexpr const char* kOldInitialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})";

apmcp::listener::HttpRequest open() {
  return get("/sse", {{"accept", "text/event-stream"}});
}

/// Where the first event says to post.
std::string endpoint(Exchange& stream) {
  const std::string start = "event: endpoint\ndata: ";
  const std::string text = stream.peer.wait_for("\n\n");
  REQUIRE(text.starts_with(start));
  return text.substr(start.size(), text.find("\n\n") - start.size());
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("HTTP+SSE: the stream names where to post, and carries every answer") {
    HttpFixture f;
    Exchange stream(f.server, open());
    const std::string where = endpoint(stream);
    CHECK(where.starts_with("/messages?sessionId="));
    const auto accepted = f.send(post(where, kOldInitialize));
    CHECK(accepted.status == 202);
    CHECK(accepted.body == "Accepted");
    stream.peer.wait_for(
        "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"protocolVersion\":\"2024-11-05\"");
    CHECK(f.send(post(where, call(2, "tell"))).status == 202);
    const std::string text = stream.peer.wait_for("told");
    CHECK(text.find("notifications/progress") < text.find("told"));
    CHECK(text.find("id: ") == std::string::npos);
  }

  TEST_CASE("HTTP+SSE: what does not belong there is refused") {
    HttpFixture f;
    Exchange stream(f.server, open());
    const std::string where = endpoint(stream);
    CHECK(f.send(post("/messages", kPing)).status == 404);
    CHECK(f.send(post("/messages?sessionId=", kPing)).status == 404);
    CHECK(f.send(post(where + "0", kPing)).status == 404);
    CHECK(f.send(post(where, "{")).status == 400);
    CHECK(f.send(post(where, kPing, {{"content-type", "text/plain"}})).status == 415);
    CHECK(f.send(post(where, stateless(1, "tools/list").body)).status == 400);
    const std::string id = where.substr(where.find('=') + 1);
    CHECK_MESSAGE(f.send(in_session(id, kPing)).status == 404, "its id opens nothing at /mcp");
    CHECK(f.send(post("/messages?sessionId=" + f.open_session(), kPing)).status == 404);
  }

  TEST_CASE("HTTP+SSE: the end of the stream is the end of the session and of what runs in it") {
    HttpFixture f;
    Exchange stream(f.server, open());
    const std::string where = endpoint(stream);
    f.send(post(where, kOldInitialize));
    f.send(post(where, call(1, "wait")));
    f.waiting.wait();
    stream.peer.leave();
    f.cancelled.wait();
    stream.ended();
    CHECK(f.send(post(where, kPing)).status == 404);
  }

  TEST_CASE("HTTP+SSE: its sessions count like the others") {
    HttpFixture f({.sessions = {.max_sessions = 1}});
    {
      Exchange stream(f.server, open());
      endpoint(stream);
      CHECK(f.send(open()).status == 503);
    }
    CHECK(f.open_session().size() == 32);
  }
}

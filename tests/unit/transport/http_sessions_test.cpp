#include <doctest/doctest.h>

#include "unit/transport/http_fixture.h"

using namespace apmcp::test;  // NOLINT(google-build-using-namespace): the vocabulary of these stories
using apmcp::Json;
using apmcp::transport::HttpServer;
using apmcp::transport::HttpSession;

namespace {

constexpr const char* kInitialized = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
constexpr const char* kInitialize =
    R"({"jsonrpc":"2.0","id":2,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})";

int code(const apmcp::listener::HttpResponse& reply) {
  return body(reply)["error"]["code"].get<int>();
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a handshake opens a session, and its requests are answered in it") {
    HttpFixture f;
    const std::string session = f.open_session();
    CHECK(session.size() == 32);
    CHECK(session != f.open_session());
    const auto noted = f.send(in_session(session, kInitialized));
    CHECK(noted.status == 202);
    CHECK(noted.body.empty());
    const auto pong = f.send(in_session(session, kPing));
    CHECK(pong.status == 200);
    CHECK(pong.body == R"({"jsonrpc":"2.0","id":1,"result":{}})");
    CHECK(header(pong, "Mcp-Session-Id") == session);
  }

  TEST_CASE("what is wrong with a session has its status and code") {
    HttpFixture f;
    const std::string session = f.open_session();
    const auto without = f.send(post("/mcp", kPing));
    CHECK(without.status == 400);
    CHECK(code(without) == -32000);
    CHECK(body(without)["id"] == 1);
    const auto unknown = f.send(in_session("0123456789abcdef0123456789abcdef", kPing));
    CHECK(unknown.status == 404);
    CHECK(code(unknown) == -32001);
    const auto again = f.send(in_session(session, kInitialize));
    CHECK(again.status == 400);
    CHECK(code(again) == -32600);
    auto strange = in_session(session, kPing);
    strange.headers.emplace_back("mcp-protocol-version", "1999-01-01");
    CHECK(f.send(strange).status == 400);
    strange.headers.back().second = "2025-06-18";
    CHECK(f.send(strange).status == 200);
    const auto bad = f.send(post("/mcp", R"({"jsonrpc":"2.0","id":3,"method":"initialize","params":{}})"));
    CHECK(code(bad) == -32602);
    CHECK(header(bad, "Mcp-Session-Id").empty());
    const auto missing = f.send(in_session(session, R"({"jsonrpc":"2.0","id":4,"method":"no/such"})"));
    CHECK(missing.status == 200);
    CHECK(code(missing) == -32601);
  }

  TEST_CASE("DELETE ends a session for good, with everything that runs in it") {
    HttpFixture f;
    const std::string session = f.open_session();
    Exchange waiting(f.server, in_session(session, call(1, "wait")));
    Exchange listening(f.server, listen(session));
    f.waiting.wait();
    CHECK(listening.reply().status == 200);
    CHECK(f.send(delete_session(session)).status == 200);
    f.cancelled.wait();
    CHECK(listening.ended());
    waiting.ended();
    CHECK(f.send(in_session(session, kPing)).status == 404);
    CHECK(f.send(delete_session(session)).status == 404);
    CHECK(f.send(listen(session)).status == 404);
  }

  TEST_CASE("a session that has ended takes nothing in, whoever still holds it") {
    HttpFixture f;
    const apmcp::mcp::McpServer mcp({}, apmcp::mcp::ToolRegistry({}), apmcp::mcp::McpServer::Options{});
    HttpSession session("id", HttpSession::Kind::kStreamable, {}, mcp, f.executor);
    auto stream =
        std::make_shared<apmcp::transport::MessageStream>(apmcp::transport::MessageStream::Options{.requests = 1});
    session.end();
    CHECK_FALSE(session.receive(apmcp::jsonrpc::decode(kInitialize), stream));
    CHECK(stream->kept_bytes() == 0);
  }

  TEST_CASE("a session lasts as long as its longest request, and half an hour more") {
    HttpFixture f;
    const std::string session = f.open_session();
    Exchange held(f.server, in_session(session, call(1, "hold")));
    f.holding.wait();
    f.let_time_pass(std::chrono::minutes{31});
    f.open_gate();
    held.peer.wait_for("let go");
    held.ended();
    CHECK(f.send(in_session(session, kPing)).status == 200);
  }

  TEST_CASE("a client that takes no stream cannot be asked, and the call says so at once") {
    HttpFixture f;
    const std::string session = f.open_session();
    auto ask = in_session(session, call(1, "ask"));
    {
      Exchange streamed(f.server, ask);
      streamed.peer.wait_for("roots/list");
      f.send(in_session(session, R"({"jsonrpc":"2.0","id":1,"result":{"roots":[]}})"));
      streamed.peer.wait_for("answered");
    }
    for (auto& [name, value] : ask.headers) {
      if (name == "accept") value = "application/json";
    }
    const auto refused = f.send(ask);
    CHECK(refused.content_type == "application/json");
    CHECK(body(refused)["result"]["isError"] == true);
    CHECK(refused.body.find("roots") != std::string::npos);
  }

  TEST_CASE("sessions are capped, and quiet ones make room after half an hour") {
    HttpFixture f({.sessions = {.max_sessions = 2}});
    const std::string old = f.open_session();
    const std::string busy = f.open_session();
    Exchange listening(f.server, listen(busy));
    CHECK(listening.reply().status == 200);
    const auto refused = f.send(post("/mcp", kInitialize));
    CHECK(refused.status == 503);
    CHECK(body(refused)["id"] == 2);
    f.let_time_pass(std::chrono::minutes{29});
    CHECK(f.send(in_session(old, kPing)).status == 200);
    f.let_time_pass(std::chrono::minutes{29});
    CHECK(f.send(in_session(old, kPing)).status == 200);
    f.let_time_pass(std::chrono::minutes{30});
    CHECK(f.open_session().size() == 32);
    CHECK(f.send(in_session(old, kPing)).status == 404);
    CHECK_MESSAGE(f.send(in_session(busy, kPing)).status == 200, "its stream is open");
  }

  TEST_CASE("a session lasts as long as its stream is open, and half an hour more") {
    HttpFixture f;
    const std::string session = f.open_session();
    Exchange stream(f.server, get("/mcp", {{"mcp-session-id", session}, {"accept", "text/event-stream"}}));
    CHECK(stream.reply().status == 200);
    f.let_time_pass(std::chrono::minutes{31});
    stream.peer.leave();
    stream.ended();
    CHECK(f.send(in_session(session, kPing)).status == 200);
  }

  TEST_CASE("a session that nobody asks for in time is gone when somebody does") {
    HttpFixture f;
    const std::string session = f.open_session();
    f.let_time_pass(std::chrono::minutes{30});
    CHECK(f.send(in_session(session, kPing)).status == 404);
  }

  TEST_CASE("two sessions with the same ids get their own answers") {
    HttpFixture f;
    const std::string one = f.open_session();
    const std::string two = f.open_session();
    for (int id = 0; id < 20; ++id) {
      CHECK(f.send(in_session(one, call(id, "echo", R"({"mark":"one"})"))).body.find("two") == std::string::npos);
      CHECK(f.send(in_session(two, call(id, "echo", R"({"mark":"two"})"))).body.find("one") == std::string::npos);
    }
  }

  TEST_CASE("batches are answered by an array where the revision has them") {
    const std::string batch = "[" + std::string(kPing) + "," + kInitialized + "," + call(2, "echo") + ",5]";
    HttpFixture f;
    const auto reply = f.send(in_session(f.open_session("2025-03-26"), batch));
    CHECK(reply.status == 200);
    CHECK(reply.content_type == "application/json");
    REQUIRE(body(reply).size() == 3);
    CHECK(body(reply)[0]["id"] == 1);
    const std::string session = f.open_session("2025-03-26");
    CHECK(f.send(in_session(session, "[" + std::string(kInitialized) + "]")).status == 202);
    const auto told = f.send(in_session(session, "[" + std::string(kPing) + "," + call(2, "tell") + "]"));
    CHECK(told.content_type == "text/event-stream");
    for (const char* part : {"\"id\":1", "half", "told"}) CHECK(told.body.find(part) != std::string::npos);
    for (const char* revision : {"2025-06-18", "2025-11-25"}) {
      const auto refused = f.send(in_session(f.open_session(revision), batch));
      CHECK(refused.status == 400);
      CHECK(code(refused) == -32600);
    }
  }

  TEST_CASE("only so many requests of one session run at once") {
    HttpFixture f;
    const std::string session = f.open_session();
    std::vector<std::unique_ptr<Exchange>> held;
    std::string last;
    for (int id = 0; id < 8; ++id) {
      held.push_back(std::make_unique<Exchange>(f.server, in_session(session, call(id, "hold"))));
      held.back()->peer.wait_for("holding");
    }
    for (int id = 8; id < 16; ++id) {  // these wait for a worker
      held.push_back(std::make_unique<Exchange>(f.server, in_session(session, call(id, "hold"))));
      held.back()->peer.let_time_pass();
      held.back()->reply();
    }
    const auto refused = f.send(in_session(session, call(99, "hold")));
    CHECK(code(refused) == -32000);
    CHECK(f.send(get("/readyz")).status == 503);
    CHECK_MESSAGE(f.send(in_session(session, kPing)).status == 200, "what is quick is not held up");
    f.open_gate();
    for (const auto& exchange : held) exchange->peer.wait_for("let go");
  }

  TEST_CASE("at the end every session that waits answers with what it has, however many wait") {
    HttpFixture f;
    std::vector<std::unique_ptr<Exchange>> waits;
    for (int id = 0; id < 3; ++id) {
      waits.push_back(std::make_unique<Exchange>(f.server, in_session(f.open_session(), call(id, "gather"))));
      waits.back()->peer.wait_for("gathering");
    }
    f.server.drain(std::chrono::milliseconds{0});
    for (const auto& wait : waits) {
      CHECK(wait->ended());
      CHECK(wait->peer.wait_for("").find("so far") != std::string::npos);
    }
  }

  TEST_CASE("when the listener stops, sessions finish what runs and close what listens") {
    HttpFixture f;
    const std::string session = f.open_session();
    Exchange listening(f.server, listen(session));
    Exchange held(f.server, in_session(session, call(1, "hold")));
    listening.reply();
    f.holding.wait();
    listening.peer.stop_listener();
    CHECK(listening.ended());
    held.peer.stop_listener();
    f.open_gate();
    f.server.drain();
    held.peer.wait_for("let go");
    CHECK(held.ended());
  }
}

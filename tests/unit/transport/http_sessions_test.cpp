#include <doctest/doctest.h>

#include "unit/transport/http_fixture.h"

using namespace apmcp::test;  // NOLINT(google-build-using-namespace): the vocabulary of these stories
using apmcp::Json;
namespace listener = apmcp::listener;
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
    CHECK_MESSAGE(waiting.reply().status == 200, "404 would make the client repeat what may have been done");
    CHECK(code(waiting.reply()) == -32603);
    CHECK(body(waiting.reply())["id"] == 1);
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
    CHECK(stream->take_answer(nullptr, false).shape == apmcp::transport::MessageStream::Shape::kUndecided);
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

  TEST_CASE("initialize with the id of a session that ended opens a new one") {
    HttpFixture f;
    const std::string dead = f.open_session();
    f.send(delete_session(dead));
    const auto open = [&](const std::string& id) { return f.send(post("/mcp", kInitialize, session_header(id))); };
    for (const std::string& id : {dead, std::string("of-another-server")}) {
      const auto reply = open(id);
      CHECK(reply.status == 200);
      const std::string fresh = header(reply, "Mcp-Session-Id");
      CHECK(fresh != id);
      CHECK(f.send(in_session(fresh, kPing)).status == 200);
      CHECK_MESSAGE(open(fresh).status == 400, "a session is initialized once");
    }
  }

  TEST_CASE("of sessions that are abandoned the oldest makes room, and live ones stay") {
    HttpFixture f;
    const std::string used = f.open_session();
    CHECK(f.send(in_session(used, kPing)).status == 200);
    const std::string listened = f.open_session();
    Exchange listening(f.server, listen(listened));
    CHECK(listening.reply().status == 200);
    const std::string busy = f.open_session();
    {
      Exchange left(f.server, in_session(busy, call(1, "hold")));
      left.peer.wait_for("holding");
    }
    std::vector<std::string> abandoned;
    for (int i = 0; i < 1005; ++i) {
      f.let_time_pass(std::chrono::milliseconds{1});
      abandoned.push_back(f.open_session());
      if (i % 2 == 0) f.send(in_session(abandoned.back(), kInitialized));
      REQUIRE(abandoned.back().size() == 32);
    }
    for (const std::string& id : {used, listened, busy}) CHECK(f.send(in_session(id, kPing)).status == 200);
    CHECK(f.send(in_session(abandoned.front(), kPing)).status == 404);
    CHECK(f.send(in_session(abandoned[7], kPing)).status == 404);
    CHECK(f.send(in_session(abandoned[8], kPing)).status == 200);
  }

  TEST_CASE("a caller that reaches its cap replaces its own sessions, and nothing when all are live") {
    HttpServer::Options options;
    options.sessions.max_per_caller = 2;
    options.check_caller_key = [](std::string_view) { return apmcp::Status(apmcp::Unit{}); };
    options.name_of_key = [](std::string_view key) { return std::string(key); };
    HttpFixture f(std::move(options));
    const auto as = [](std::string key, listener::HttpRequest request) {
      request.headers.emplace_back("x-agentphone-key", std::move(key));
      return request;
    };
    const auto open = [&](const char* key) { return f.open_session("2025-11-25", {{"x-agentphone-key", key}}); };
    const std::string other = open("b");
    const std::string first = open("a");
    const std::string second = open("a");
    Exchange one(f.server, as("a", listen(second)));
    CHECK(one.reply().status == 200);
    f.let_time_pass(std::chrono::milliseconds{1});
    const std::string third = open("a");
    CHECK(f.send(as("a", in_session(first, kPing))).status == 404);
    CHECK(f.send(as("b", in_session(other, kPing))).status == 200);
    Exchange two(f.server, as("a", listen(third)));
    CHECK(two.reply().status == 200);
    const auto refused = f.send(as("a", post("/mcp", kInitialize)));
    CHECK(refused.status == 503);
    CHECK(header(refused, "Retry-After") == "1");
    CHECK(body(refused)["id"] == 2);
  }

  TEST_CASE("sessions that were idle for half an hour end") {
    HttpFixture f;
    const std::string old = f.open_session();
    const std::string busy = f.open_session();
    Exchange listening(f.server, listen(busy));
    CHECK(listening.reply().status == 200);
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

  TEST_CASE("a session runs 16 requests at once, and what hangs in it holds up no other") {
    HttpFixture f;
    const std::string session = f.open_session();
    const std::string other = f.open_session();
    std::vector<std::unique_ptr<Exchange>> held;
    for (int id = 0; id < 16; ++id) {
      held.push_back(std::make_unique<Exchange>(f.server, in_session(session, call(id, "hold"))));
      held.back()->peer.wait_for("holding");
    }
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::unique_ptr<Exchange>> late;
    for (int id = 16; id < 64; ++id) {
      late.push_back(std::make_unique<Exchange>(f.server, in_session(session, call(id, "echo"))));
    }
    CHECK(f.send(in_session(other, call(1, "echo", R"({"mark":"other"})"))).body.find("other") != std::string::npos);
    CHECK(f.send(stateless(1, "tools/call", "echo")).status == 200);
    CHECK_MESSAGE(f.send(in_session(session, kPing)).status == 200, "what runs inline is not held up");
    for (const auto& exchange : late) {
      const auto& refused = exchange->reply();
      CHECK(code(refused) == -32000);
      CHECK(body(refused)["error"]["data"]["retry_after_seconds"] == 1);
      CHECK(refused.body.find("Try again in 1 second") != std::string::npos);
    }
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{10});
    f.open_gate();
    for (const auto& exchange : held) exchange->peer.wait_for("let go");
    CHECK(f.send(in_session(session, call(99, "echo"))).status == 200);
  }

  TEST_CASE("requests without a session share a bound for each caller") {
    HttpServer::Options options;
    options.check_caller_key = [](std::string_view) { return apmcp::Status(apmcp::Unit{}); };
    options.name_of_key = [](std::string_view key) { return std::string(key); };
    HttpFixture f(std::move(options));
    const auto as = [](std::string key, listener::HttpRequest request) {
      request.headers.emplace_back("x-agentphone-key", std::move(key));
      return request;
    };
    std::vector<std::unique_ptr<Exchange>> held;
    for (int id = 0; id < 16; ++id) {
      held.push_back(std::make_unique<Exchange>(f.server, as("a", stateless(id, "tools/call", "hold"))));
      held.back()->peer.wait_for("holding");
    }
    const auto refused = f.send(as("a", stateless(99, "tools/call", "echo")));
    CHECK(refused.status == 503);
    CHECK(header(refused, "Retry-After") == "1");
    CHECK(code(refused) == -32000);
    CHECK(f.send(as("b", stateless(1, "tools/call", "echo"))).status == 200);
    f.open_gate();
    for (const auto& exchange : held) exchange->peer.wait_for("let go");
  }

  TEST_CASE("a server that cannot take more in says that it is not ready") {
    HttpFixture f;
    std::latch running(64);
    std::latch open(1);
    const auto occupy = [&] {
      running.count_down();
      open.wait();
    };
    for (int i = 0; i < 64; ++i) CHECK(f.executor.submit(occupy));
    running.wait();
    while (f.executor.submit([&] { open.wait(); })) {
    }
    CHECK(f.send(get("/readyz")).status == 503);
    open.count_down();
    CHECK(f.executor.wait_idle(std::chrono::seconds{20}));
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

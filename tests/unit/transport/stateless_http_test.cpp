#include <doctest/doctest.h>

#include "unit/transport/http_fixture.h"

using namespace apmcp::test;  // NOLINT(google-build-using-namespace): the vocabulary of these stories
using apmcp::Json;
using apmcp::listener::HttpRequest;

namespace {

struct Fault {
  const char* what;
  HttpRequest request;
  int status;
  int code;
};

HttpRequest with(HttpRequest request, const std::string& name, const std::string& value) {
  std::erase_if(request.headers, [&](const auto& header) { return header.first == name; });
  if (!value.empty()) request.headers.emplace_back(name, value);
  return request;
}

HttpRequest edited(HttpRequest request, const std::string& from, const std::string& to) {
  request.body.replace(request.body.find(from), from.size(), to);
  return request;
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a stateless request is answered with its status, as JSON and without a session") {
    HttpFixture f;
    auto ask = stateless(7, "tools/call", "echo");
    ask.headers.emplace_back("mcp-session-id", "whatever");
    const auto reply = f.send(ask);
    CHECK(reply.status == 200);
    CHECK(reply.content_type == "application/json");
    CHECK(reply.body.find('\n') == std::string::npos);
    CHECK(body(reply)["id"] == 7);
    CHECK(body(reply)["result"]["resultType"] == "complete");
    CHECK(header(reply, "Mcp-Session-Id").empty());
  }

  TEST_CASE("every fault of a stateless request has its status and code, and the id comes back") {
    HttpFixture f;
    const auto list = stateless(5, "tools/list");
    const auto call_echo = stateless(5, "tools/call", "echo");
    const std::string meta = R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)";
    const std::string unknown = "v999.0.0";
    const Fault faults[] = {
        {"no envelope", edited(list, meta, ""), 400, -32602},
        {"no version header", with(list, "mcp-protocol-version", ""), 400, -32020},
        {"another version in the body", edited(list, "2026-07-28", unknown), 400, -32020},
        {"an unknown version", with(edited(list, "2026-07-28", unknown), "mcp-protocol-version", unknown), 400, -32022},
        {"no method header", with(list, "mcp-method", ""), 400, -32020},
        {"a method header in other letters", with(list, "mcp-method", "TOOLS/LIST"), 400, -32020},
        {"an unknown method", stateless(5, "no/such"), 404, -32601},
        {"a removed method", stateless(5, "ping"), 404, -32601},
        {"initialize with an envelope", stateless(5, "initialize"), 404, -32601},
        {"no name header", with(call_echo, "mcp-name", ""), 400, -32020},
        {"an unknown tool", stateless(5, "tools/call", "nope"), 200, -32602},
        {"a handshake under a stateless header", edited(edited(stateless(5, "initialize"), "_meta", "x"), "{}", "{}"),
         400, -32020},
    };
    for (const Fault& fault : faults) {
      CAPTURE(fault.what);
      const auto reply = f.send(fault.request);
      CHECK(reply.status == fault.status);
      CHECK(reply.content_type == "application/json");
      CHECK(body(reply)["error"]["code"] == fault.code);
      CHECK(body(reply)["id"] == 5);
    }
  }

  TEST_CASE("notifications are taken and responses are not, whatever their headers") {
    HttpFixture f;
    const apmcp::listener::Headers version{{"mcp-protocol-version", "2026-07-28"}};
    const auto noted = f.send(post("/mcp", R"({"jsonrpc":"2.0","method":"notifications/made_up"})", version));
    CHECK(noted.status == 202);
    CHECK(noted.body.empty());
    const auto answered = f.send(post("/mcp", R"({"jsonrpc":"2.0","id":1,"result":{}})", version));
    CHECK(answered.status == 400);
    CHECK(body(answered)["error"]["code"] == -32600);
    const auto batch = f.send(post("/mcp", "[" + stateless(1, "tools/list").body + "]", version));
    CHECK(batch.status == 400);
    CHECK(body(batch)["error"]["code"] == -32600);
    for (const char* method : {"GET", "DELETE"}) {
      auto other = get("/mcp", version);
      other.method = method;
      CHECK(f.send(other).status == 405);
      CHECK(header(f.send(other), "Allow") == "POST");
    }
  }

  TEST_CASE("a notification before the answer makes it a stream, without ids and without keys") {
    HttpFixture f;
    const auto reply = f.send(stateless(3, "tools/call", "tell"));
    CHECK(reply.status == 200);
    CHECK(reply.content_type == "text/event-stream");
    CHECK(header(reply, "Cache-Control") == "no-cache, no-transform");
    CHECK(header(reply, "X-Accel-Buffering") == "no");
    CHECK(reply.body.starts_with("event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\""));
    CHECK(reply.body.find("\nid:") == std::string::npos);
    CHECK(reply.body.find("canary") == std::string::npos);
    CHECK(reply.body.find("told") > reply.body.find("whole"));
    CHECK(reply.body.ends_with("}\n\n"));
  }

  TEST_CASE("a client that reads only JSON gets JSON, and one that reads only events gets events") {
    HttpFixture f;
    const auto json = f.send(with(stateless(3, "tools/call", "tell"), "accept", "application/json"));
    CHECK(json.content_type == "application/json");
    CHECK(body(json)["id"] == 3);
    const auto events = f.send(with(stateless(3, "tools/call", "echo"), "accept", "text/event-stream"));
    CHECK(events.content_type == "text/event-stream");
    CHECK(events.body.find("\"id\":3") != std::string::npos);
  }

  TEST_CASE("a client that leaves cancels its request, before and after the stream began") {
    for (const bool is_streaming : {false, true}) {
      HttpFixture f;
      Exchange exchange(f.server, stateless(1, "tools/call", "wait"));
      f.waiting.wait();
      if (is_streaming) {
        exchange.peer.let_time_pass();
        CHECK(exchange.reply().content_type == "text/event-stream");
      }
      exchange.peer.leave();
      f.cancelled.wait();
      exchange.ended();
    }
  }

  TEST_CASE("a quiet stream is kept alive by comments") {
    HttpFixture f;
    Exchange exchange(f.server, stateless(1, "tools/call", "hold"));
    exchange.peer.wait_for("holding");
    exchange.peer.let_time_pass();
    exchange.peer.wait_for(": keepalive\n\n");
    f.open_gate();
    exchange.peer.wait_for("let go");
    CHECK(exchange.ended());
  }

  TEST_CASE("when the listener stops a running request may finish") {
    HttpFixture f;
    Exchange exchange(f.server, stateless(1, "tools/call", "hold"));
    f.holding.wait();
    exchange.peer.stop_listener();
    f.open_gate();
    exchange.peer.wait_for("let go");
    CHECK(exchange.ended());
  }

  TEST_CASE("the same id at the same time is nobody's concern but its own") {
    HttpFixture f;
    Exchange held(f.server, stateless(1, "tools/call", "hold"));
    f.holding.wait();
    CHECK(body(f.send(stateless(1, "tools/call", "echo")))["id"] == 1);
    f.open_gate();
    held.peer.wait_for("let go");
  }
}

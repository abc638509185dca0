#include <doctest/doctest.h>

#include "unit/listener/listener_fixture.h"
#include "unit/transport/http_fixture.h"

using apmcp::listener::RawClient;
using apmcp::transport::HttpServer;
using namespace apmcp::test;  // NOLINT(google-build-using-namespace): the vocabulary of these stories

namespace {

/// A request as bytes.
std::string on_the_wire(const apmcp::listener::HttpRequest& request) {
  std::string text = request.method + " " + request.path + (request.query.empty() ? "" : "?") + request.query +
                     " HTTP/1.1\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n";
  for (const auto& [name, value] : request.headers) text.append(name).append(": ").append(value).append("\r\n");
  return text + "\r\n" + request.body;
}

struct Served {
  explicit Served(HttpServer::Options options = {}) : f(std::move(options)) {}

  HttpFixture f;
  std::unique_ptr<apmcp::listener::HttpListener> listener = apmcp::listener::listening(
      [this](const apmcp::listener::HttpRequest& request, apmcp::listener::Peer& peer) {
        return f.server.handle(request, peer);
      },
      {}, [this](const apmcp::listener::HttpRequest& head) { return f.server.refuse(head); });
};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("over real sockets: a body, a stream, and the next request on the same connection") {
    Served served;
    RawClient client(served.listener->port());
    const std::string session = served.f.open_session();
    REQUIRE(client.send(on_the_wire(in_session(session, call(1, "echo")))));
    const auto json = client.read_answer();
    CHECK(json.status == 200);
    CHECK(json.has_line("Content-Type: application/json"));
    CHECK(json.has_line("Mcp-Session-Id: " + session));
    REQUIRE(client.send(on_the_wire(in_session(session, call(2, "tell")))));
    const auto events = client.read_answer();
    CHECK(events.status == 200);
    CHECK(events.has_line("Content-Type: text/event-stream"));
    CHECK(events.has_line("Cache-Control: no-cache, no-transform"));
    CHECK(events.body.find("told") != std::string::npos);
    REQUIRE(client.send(on_the_wire(in_session(session, R"({"jsonrpc":"2.0","method":"notifications/x"})"))));
    CHECK(client.read_answer().status == 202);
  }

  TEST_CASE("over real sockets: who may not come in is told so without having to send a body") {
    Served served({.token = apmcp::Secret("right")});
    const apmcp::listener::Headers authorized{{"authorization", "Bearer right"}};
    const auto status_of = [&](apmcp::listener::HttpRequest request, const apmcp::listener::Headers& more) {
      request.headers.insert(request.headers.end(), more.begin(), more.end());
      std::string head = on_the_wire(request);
      head.replace(head.find("Content-Length: 0"), 17, "Content-Length: 4000000");
      RawClient client(served.listener->port());
      REQUIRE(client.send(head));
      const auto answer = client.read_answer("POST");
      CHECK(answer.has_line("Connection: close"));
      return answer.status;
    };
    CHECK(status_of(post("/mcp", "", {{"host", "evil.example.com"}}), authorized) == 403);
    CHECK(status_of(post("/mcp", ""), {{"origin", "http://evil.example.com"}}) == 403);
    CHECK(status_of(post("/nothing", ""), authorized) == 404);
    CHECK(status_of(post("/healthz", ""), authorized) == 405);
    CHECK(status_of(post("/mcp", ""), {}) == 401);
    CHECK(status_of(post("/messages?sessionId=x", ""), {}) == 401);
    CHECK(status_of(post("/mcp", "", {{"content-type", "text/plain"}}), authorized) == 415);
    CHECK(status_of(post("/mcp", "", {{"accept", "text/html"}}), authorized) == 406);
    CHECK(served.f.metrics.render({}).find("{method=\"POST\",status=\"4xx\"} 8\n") != std::string::npos);
  }

  TEST_CASE("over real sockets: what comes to the path of deliveries is judged by its head, and without the token") {
    Served served(
        {.token = apmcp::Secret("right"),
         .webhooks = [](const auto&, auto&) { return apmcp::listener::HttpResponse{.body = "taken"}; },
         .check_webhook = [](const apmcp::listener::HttpRequest& head) -> std::optional<apmcp::listener::HttpResponse> {
           if (head.header("x-signature") != nullptr) return std::nullopt;
           return apmcp::listener::HttpResponse{.status = 400, .body = "unsigned"};
         },
         .webhooks_path = "/hook"});
    RawClient stranger(served.listener->port());
    std::string head = on_the_wire(post("/hook", ""));
    head.replace(head.find("Content-Length: 0"), 17, "Content-Length: 4000000");
    REQUIRE(stranger.send(head));
    CHECK(stranger.read_answer("POST").body == "unsigned");
    RawClient sender(served.listener->port());
    REQUIRE(sender.send(on_the_wire(post("/hook", "{}", {{"x-signature", "1"}}))));
    CHECK(sender.read_answer("POST").body == "taken");
  }

  TEST_CASE("over real sockets: closing the connection cancels a stateless request") {
    Served served;
    RawClient client(served.listener->port());
    REQUIRE(client.send(on_the_wire(stateless(1, "tools/call", "wait"))));
    served.f.waiting.wait();
    client.close();
    served.f.cancelled.wait();
  }

  TEST_CASE("over real sockets: a stop ends what listens at once and lets what runs finish") {
    Served served;
    const std::string session = served.f.open_session();
    RawClient listening(served.listener->port());
    RawClient calling(served.listener->port());
    REQUIRE(listening.send(on_the_wire(listen(session))));
    CHECK(listening.read_to("\r\n\r\n").find("text/event-stream") != std::string::npos);
    REQUIRE(calling.send(on_the_wire(in_session(session, call(1, "hold")))));
    calling.read_to("holding");
    served.listener->stop();
    CHECK(listening.read_to_end().ends_with("0\r\n\r\n"));
    served.f.open_gate();
    CHECK(calling.read_to_end().find("let go") != std::string::npos);
    CHECK(served.listener->wait_closed(apmcp::listener::kPatience));
  }
}

#include <doctest/doctest.h>

#include "transport/media_type.h"
#include "unit/transport/http_fixture.h"

using namespace apmcp::test;  // NOLINT(google-build-using-namespace): the vocabulary of these stories
using apmcp::Secret;
using apmcp::transport::accepts;
using apmcp::transport::HttpServer;
using apmcp::transport::OriginGuard;

namespace {

bool allows(const OriginGuard& guard, const std::string& host) {
  return guard.allows_host(&host);
}

bool lets_page_in(const OriginGuard& guard, const std::string& origin) {
  return guard.allows_origin(&origin);
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a server on loopback goes by the names of loopback and by no other") {
    const OriginGuard guard({.is_loopback = true});
    for (const char* host : {"127.0.0.1", "127.0.0.1:8642", "localhost", "LOCALHOST:1", "[::1]", "[::1]:65535"}) {
      CHECK_MESSAGE(allows(guard, host), host);
    }
    for (const char* host :
         {"", "evil.example.com", "evil.example.com:80", "localhost.evil.example.com", "127.0.0.1.evil.example.com",
          "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:80:80", "127.0.0.1:123456", "127.0.0.2", "[::1", "[::2]", "[::1]x",
          "::1", "localhost@evil.example.com", "localhost:80@evil.example.com", "localhost ", "0.0.0.0", "127.1"}) {
      CHECK_FALSE_MESSAGE(allows(guard, host), host);
    }
    CHECK_FALSE(guard.allows_host(nullptr));
  }

  TEST_CASE("pages of loopback are let in, and of nowhere else; no page at all is fine") {
    const OriginGuard guard({.is_loopback = true});
    CHECK(guard.allows_origin(nullptr));
    for (const char* origin : {"http://localhost:3000", "https://127.0.0.1", "http://[::1]:9"}) {
      CHECK_MESSAGE(lets_page_in(guard, origin), origin);
    }
    for (const char* origin : {"null", "", "http://evil.example.com", "http://localhost.evil.example.com",
                               "http://localhost/", "http://localhost:3000/x", "ftp://localhost", "localhost",
                               "http://user@localhost", "file://", "http://127.0.0.1:3000,http://evil.example.com"}) {
      CHECK_FALSE_MESSAGE(lets_page_in(guard, origin), origin);
    }
  }

  TEST_CASE("names that the operator adds are exact, with their port where one is given") {
    const OriginGuard guard({.is_loopback = false,
                             .hosts = {"mcp.Example.com", "other.example.com:8443"},
                             .origins = {"https://app.example.com"}});
    CHECK(allows(guard, "mcp.example.com"));
    CHECK(allows(guard, "MCP.example.com:443"));
    CHECK(allows(guard, "other.example.com:8443"));
    CHECK_FALSE(allows(guard, "other.example.com"));
    CHECK_FALSE(allows(guard, "other.example.com:80"));
    CHECK_FALSE(allows(guard, "127.0.0.1"));
    CHECK(lets_page_in(guard, "https://app.example.com"));
    CHECK_FALSE(lets_page_in(guard, "http://app.example.com"));
    CHECK_FALSE(lets_page_in(guard, "https://app.example.com:444"));
    CHECK_FALSE(lets_page_in(guard, "http://localhost"));
  }

  TEST_CASE("every path is closed to other names and pages, the open ones too") {
    HttpFixture f;
    for (const char* path : {"/mcp", "/sse", "/healthz", "/readyz", "/metrics", "/nothing"}) {
      CHECK(f.send(get(path, {{"host", "evil.example.com"}})).status == 403);
      const auto reply = f.send(get(path, {{"origin", "null"}}));
      CHECK(reply.status == 403);
      CHECK(body(reply)["error"]["code"] == -32000);
      CHECK_FALSE(body(reply).contains("id"));
    }
    CHECK(f.send(post("/mcp", kPing, {{"host", "evil.example.com"}})).status == 403);
    CHECK(f.send(post("/messages?sessionId=1", kPing, {{"origin", "http://evil.example.com"}})).status == 403);
  }

  TEST_CASE("the first fault decides the status") {
    HttpFixture f({.token = Secret("right")});
    const apmcp::listener::Headers authorized{{"authorization", "Bearer right"}};
    const auto with = [&](apmcp::listener::Headers more) {
      more.insert(more.end(), authorized.begin(), authorized.end());
      return more;
    };
    CHECK(f.send(get("/nothing")).status == 404);
    CHECK(f.send(get("/mcp/", authorized)).status == 404);
    auto put = post("/mcp", kPing);
    put.method = "PUT";
    CHECK(f.send(put).status == 405);
    CHECK(header(f.send(put), "Allow") == "GET, POST, DELETE");
    CHECK(header(f.send(post("/healthz", "")), "Allow") == "GET");
    CHECK(f.send(post("/mcp", kPing, {{"content-type", "text/plain"}})).status == 401);
    CHECK(f.send(post("/mcp", kPing, with({{"content-type", "text/plain"}, {"accept", "text/html"}}))).status == 415);
    CHECK(f.send(post("/mcp", kPing, with({{"content-type", ""}}))).status == 415);
    CHECK(f.send(post("/mcp", "{", with({{"accept", "text/html"}}))).status == 406);
    const auto bad = f.send(post("/mcp", "{", with({{"content-type", "Application/JSON; charset=utf-8"}})));
    CHECK(bad.status == 400);
    CHECK(body(bad)["error"]["code"] == -32700);
    CHECK_FALSE(body(bad).contains("id"));
  }

  TEST_CASE("the token is asked for everywhere but at the probes, and nothing else passes for it") {
    HttpFixture f({.token = Secret("0123456789abcdef")});
    for (const char* value :
         {"", "Bearer", "Bearer ", "Bearer 0123456789abcdee", "Bearer 0123456789abcdef0", "Bearer 0123456789abcde",
          "Basic 0123456789abcdef", "0123456789abcdef", "Bearer sk_live_0123456789abcdef"}) {
      const auto reply = f.send(post("/mcp", kPing, {{"authorization", value}}));
      CHECK_MESSAGE(reply.status == 401, value);
      CHECK(header(reply, "WWW-Authenticate") == "Bearer");
    }
    CHECK(f.send(post("/mcp?access_token=0123456789abcdef", kPing)).status == 401);
    CHECK(f.send(get("/sse")).status == 401);
    CHECK(f.send(post("/messages?sessionId=x", kPing)).status == 401);
    CHECK(f.send(post("/mcp", kPing, {{"authorization", "bearer  0123456789abcdef"}})).status == 400);
    for (const char* path : {"/healthz", "/readyz", "/metrics"}) CHECK(f.send(get(path)).status == 200);
  }

  TEST_CASE("off loopback the numbers need the token too, but no key of a caller") {
    HttpFixture f({.names = {.is_loopback = false, .hosts = {"phone.example.com"}},
                   .token = Secret("0123456789abcdef"),
                   .check_caller_key = [](std::string_view) -> apmcp::Status { return apmcp::Unit{}; }});
    const apmcp::listener::Headers host{{"host", "phone.example.com"}};
    CHECK(f.send(get("/healthz", host)).status == 200);
    CHECK(f.send(get("/readyz", host)).status == 200);
    CHECK(f.send(get("/metrics", host)).status == 401);
    auto scraping = get("/metrics", host);
    scraping.headers.emplace_back("authorization", "Bearer 0123456789abcdef");
    CHECK(f.send(scraping).status == 200);
  }

  TEST_CASE("Accept is read with wildcards and weights") {
    const auto takes = [](const std::string& accept) { return accepts(&accept, "text/event-stream"); };
    CHECK(accepts(nullptr, "text/event-stream"));
    for (const char* yes : {"text/event-stream", "*/*", "text/*;q=0.5", "a/b , TEXT/Event-Stream;q=1", "a/b,*/*;q=0.1"})
      CHECK_MESSAGE(takes(yes), yes);
    for (const char* no : {"", "application/json", "text/event-streams", "text/event-stream;q=0", "application/*",
                           "text/event-stream; q=0.000", "text"})
      CHECK_FALSE_MESSAGE(takes(no), no);
  }

  TEST_CASE("only pages of an origin that the operator named may read answers") {
    HttpFixture f({.names = {.origins = {"https://app.example.com"}}});
    auto ask = get("/mcp", {{"origin", "https://app.example.com"}});
    ask.method = "OPTIONS";
    const auto preflight = f.send(ask);
    CHECK(preflight.status == 204);
    CHECK(header(preflight, "Access-Control-Allow-Origin") == "https://app.example.com");
    CHECK(header(f.send(get("/healthz", {{"origin", "https://app.example.com"}})), "Vary") == "Origin");
    ask = get("/mcp", {{"origin", "http://localhost:3000"}});
    ask.method = "OPTIONS";
    CHECK(f.send(ask).status == 405);
    CHECK(header(f.send(ask), "Access-Control-Allow-Origin").empty());
  }

  TEST_CASE("the probes say how the server is, and the numbers hold nothing of a caller") {
    HttpFixture f;
    CHECK(f.send(get("/healthz")).body == "ok\n");
    CHECK(f.send(get("/readyz")).body == "ready\n");
    f.open_session();
    f.send(post("/mcp", "{"));
    const auto reply = f.send(get("/metrics"));
    CHECK(reply.content_type == "text/plain; version=0.0.4");
    for (const char* line :
         {"agentphone_mcp_http_requests_total{method=\"POST\",status=\"2xx\"} 1\n",
          "agentphone_mcp_http_requests_total{method=\"POST\",status=\"4xx\"} 1\n", "agentphone_mcp_open_sessions 1\n",
          "agentphone_mcp_queued_requests 0\n", "agentphone_mcp_upstream_seconds_bucket{le=\"+Inf\"} 0\n"}) {
      CHECK_MESSAGE(reply.body.find(line) != std::string::npos, line, reply.body);
    }
  }

  TEST_CASE("with keys from clients each request needs one, and a caller is told apart by it") {
    HttpFixture f({.check_caller_key = [](std::string_view key) -> apmcp::Status {
                     if (key.starts_with("sk_test_")) return apmcp::Unit{};
                     return apmcp::Error{.code = apmcp::ErrorCode::kPolicyDenied, .message = "That is no key."};
                   },
                   .name_of_key = [](std::string_view key) { return "caller" + std::to_string(key.size()); }});
    auto ask = stateless(1, "tools/call", "who");
    CHECK(f.send(ask).status == 401);
    ask.headers.emplace_back("x-agentphone-key", "nonsense");
    CHECK(body(f.send(ask))["error"]["message"] == "That is no key.");
    ask.headers.back().second = "sk_test_1";
    const auto reply = body(f.send(ask));
    CHECK(reply["result"]["structuredContent"] == apmcp::Json{{"caller", "caller9"}, {"has_key", true}});
    CHECK(reply.dump().find("sk_test_1") == std::string::npos);

    const std::string session = f.open_session("2025-11-25", {{"x-agentphone-key", "sk_test_1"}});
    auto own = in_session(session, kPing);
    own.headers.emplace_back("x-agentphone-key", "sk_test_1");
    CHECK(f.send(own).status == 200);
    own.headers.back().second = "sk_test_22";
    CHECK_MESSAGE(f.send(own).status == 404, "a session is another caller's secret");
  }
}

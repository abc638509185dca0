#include <doctest/doctest.h>

#include "base/http_syntax.h"
#include "transport/media_type.h"
#include "unit/transport/http_fixture.h"

using namespace apmcp::test;  // NOLINT(google-build-using-namespace): the vocabulary of these stories
using apmcp::Secret;
using apmcp::transport::accepts;
using apmcp::transport::HttpServer;
using apmcp::transport::OriginGuard;

namespace {

constexpr int kPort = 8642;

bool allows(const OriginGuard& guard, const std::string& host, int port = kPort) {
  return guard.allows_host(&host, port);
}

bool lets_page_in(const OriginGuard& guard, const std::string& origin, int port = kPort) {
  return guard.allows_origin(&origin, port);
}

std::string message(const apmcp::listener::HttpResponse& reply) {
  return body(reply)["error"]["message"];
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

apmcp::listener::HttpRequest with_method(apmcp::listener::HttpRequest request, const char* method) {
  request.method = method;
  return request;
}

constexpr const char* kPage = "http://localhost:6274";

HttpServer::Options with_page() {
  return {.names = {.hosts = {}, .origins = {kPage}}, .token = Secret("right")};
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a server on loopback has the names of loopback with its own port, and no other") {
    const OriginGuard guard({.is_loopback = true, .hosts = {}, .origins = {}});
    for (const char* host :
         {"127.0.0.1", "127.0.0.1:8642", "localhost", "LOCALHOST:8642", "localhost:08642", "[::1]", "[::1]:8642"}) {
      CHECK_MESSAGE(allows(guard, host), host);
    }
    for (const char* host : {"127.0.0.1:8643", "localhost:80", "LOCALHOST:1", "[::1]:65535", "localhost:0"}) {
      CHECK_FALSE_MESSAGE(allows(guard, host), host);
    }
    for (const char* host : {"",
                             "evil.example.com",
                             "evil.example.com:80",
                             "localhost.evil.example.com",
                             "127.0.0.1.evil.example.com",
                             "127.0.0.1:",
                             "127.0.0.1:x",
                             "127.0.0.1:80:80",
                             "127.0.0.1:123456",
                             "127.0.0.2",
                             "[::1",
                             "[::2]",
                             "[::1]x",
                             "::1",
                             "localhost@evil.example.com",
                             "localhost:80@evil.example.com",
                             "localhost ",
                             "0.0.0.0",
                             "127.1",
                             ":8642",
                             "localhost:+8642"}) {
      CHECK_FALSE_MESSAGE(allows(guard, host), host);
    }
    CHECK_FALSE(guard.allows_host(nullptr, kPort));
    CHECK(allows(guard, "localhost:80", 80));
  }

  TEST_CASE("the address that a server is bound to is one of its names") {
    const OriginGuard loopback({.is_loopback = true, .address = "127.0.0.2", .hosts = {}, .origins = {}});
    CHECK(allows(loopback, "127.0.0.2:8642"));
    CHECK_FALSE(allows(loopback, "127.0.0.2:80"));
    const OriginGuard open({.is_loopback = false, .address = "[fd00::5]", .hosts = {}, .origins = {}});
    CHECK(allows(open, "[FD00::5]:8642"));
    CHECK_FALSE(allows(open, "localhost:8642"));
  }

  TEST_CASE("a page of another port is as foreign as any other; no page at all is fine") {
    const OriginGuard guard({.is_loopback = true, .hosts = {}, .origins = {}});
    CHECK(guard.allows_origin(nullptr, kPort));
    for (const char* origin : {"http://localhost:8642", "http://127.0.0.1:8642", "http://[::1]:8642"}) {
      CHECK_MESSAGE(lets_page_in(guard, origin), origin);
    }
    for (const char* origin :
         {"http://localhost:3000", "http://localhost", "https://localhost:8642", "http://[::1]:9"}) {
      CHECK_FALSE_MESSAGE(lets_page_in(guard, origin), origin);
    }
    CHECK(lets_page_in(guard, "http://localhost", 80));
    for (const char* origin :
         {"null", "", "http://evil.example.com", "http://localhost.evil.example.com", "http://localhost:8642/",
          "http://localhost:8642/x", "ftp://localhost:8642", "localhost:8642", "http://user@localhost:8642", "file://",
          "http://127.0.0.1:8642,http://evil.example.com"}) {
      CHECK_FALSE_MESSAGE(lets_page_in(guard, origin), origin);
    }
  }

  TEST_CASE("names that the operator adds are exact, with their port where one is given") {
    const OriginGuard guard({.is_loopback = false,
                             .hosts = {"mcp.Example.com", "other.example.com:8443", "localhost:9000"},
                             .origins = {"https://app.example.com"}});
    CHECK(allows(guard, "mcp.example.com"));
    CHECK(allows(guard, "MCP.example.com:443"));
    CHECK(allows(guard, "other.example.com:8443"));
    CHECK(allows(guard, "localhost:9000"));
    CHECK_FALSE(allows(guard, "localhost:9001"));
    CHECK_FALSE(allows(guard, "other.example.com"));
    CHECK_FALSE(allows(guard, "other.example.com:80"));
    CHECK_FALSE(allows(guard, "127.0.0.1"));
    CHECK(lets_page_in(guard, "https://app.example.com"));
    CHECK_FALSE(lets_page_in(guard, "http://app.example.com"));
    CHECK_FALSE(lets_page_in(guard, "https://app.example.com:444"));
    CHECK_FALSE(lets_page_in(guard, "http://localhost"));
  }

  TEST_CASE("an origin is read as browsers write it, and nothing else is one") {
    const auto same = [](std::string_view given, std::string_view sent) {
      CHECK_MESSAGE(apmcp::transport::normal_origin(given) == sent, given);
    };
    same("http://LocalHost:6274/", "http://localhost:6274");
    same("https://app.example.com:443", "https://app.example.com");
    same("http://[::1]:80", "http://[::1]");
    same("https://app.example.com:80", "https://app.example.com:80");
    same("vscode-webview://1a2b", "vscode-webview://1a2b");
    for (const char* none : {"", "*", "null", "localhost:6274", "http://", "http://*", "http://a/b", "http://u@a",
                             "http://a:x", "http://a b", "://a"}) {
      same(none, "");
    }
  }

  TEST_CASE("probes come with any name or none, and from no foreign page") {
    HttpFixture f({.token = Secret("right")});
    for (const char* path : {"/healthz", "/readyz", "/healthz/"}) {
      for (const char* host : {"evil.example.com", "10.0.0.7:8642", "localhost:9", ""}) {
        auto probe = get(path, {{"host", host}});  // "": without Host, as in HTTP/1.0
        CHECK(f.send(probe).status == 200);
        CHECK(f.send(with_method(probe, "HEAD")).status == 200);
      }
      CHECK(f.send(get(path, {{"origin", "http://evil.example.com"}})).status == 403);
    }
  }

  TEST_CASE("a refused name or page says which option allows it") {
    HttpFixture f;
    const auto host = f.send(get("/mcp", {{"host", "localhost:9000"}}));
    CHECK(host.status == 403);
    CHECK_MESSAGE(contains(message(host), "--allowed-host localhost:9000."), message(host));
    const auto page = f.send(post("/mcp", kPing, {{"origin", kPage}}));
    CHECK(page.status == 403);
    CHECK_MESSAGE(contains(message(page), "--allowed-origin http://localhost:6274."), message(page));
    CHECK(contains(message(f.send(get("/mcp", {{"host", ""}}))), "no Host"));
    for (const char* odd : {"null", "http://a;b", "http://$(id)", "https://", "http://a/b"}) {
      CHECK_FALSE(contains(message(f.send(get("/mcp", {{"origin", odd}}))), "--allowed"));
    }
    CHECK_FALSE(contains(message(f.send(get("/mcp", {{"host", "a;b"}}))), "--allowed"));
  }

  TEST_CASE("every path but the probes is closed to other names, and every one to other pages") {
    HttpFixture f;
    for (const char* path : {"/mcp", "/mcp/", "/sse", "/metrics", "/nothing", "/register"}) {
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
    CHECK(f.send(get("/mcp/", authorized)).status == 405);
    CHECK(f.send(get("/mcp//", authorized)).status == 404);
    CHECK(contains(message(f.send(get("/"))), "/mcp"));
    auto put = post("/mcp", kPing);
    put.method = "PUT";
    CHECK(f.send(put).status == 405);
    CHECK(header(f.send(put), "Allow") == "GET, POST, DELETE");
    CHECK(header(f.send(post("/healthz", "")), "Allow") == "GET, HEAD");
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
    HttpFixture f(with_page());
    auto ask = with_method(get("/mcp", {{"origin", kPage},
                                        {"access-control-request-method", "POST"},
                                        {"access-control-request-private-network", "true"},
                                        {"access-control-request-headers", "content-type, Mcp-Param-Agent, x-evil"}}),
                           "OPTIONS");
    const auto preflight = f.send(ask);
    CHECK(preflight.status == 204);
    CHECK(header(preflight, "Access-Control-Allow-Origin") == kPage);
    CHECK(header(preflight, "Access-Control-Allow-Methods") == "GET, POST, DELETE, OPTIONS");
    CHECK(header(preflight, "Access-Control-Allow-Private-Network") == "true");
    CHECK(header(preflight, "Vary") == "Origin");
    const std::string allowed = header(preflight, "Access-Control-Allow-Headers");
    for (const char* name : {"authorization", "content-type", "accept", "mcp-session-id", "mcp-protocol-version",
                             "last-event-id", "mcp-method", "mcp-name", "x-agentphone-key", "mcp-param-agent"}) {
      CHECK_MESSAGE(apmcp::lists_token(allowed, name), name);
    }
    CHECK_FALSE(apmcp::lists_token(allowed, "x-evil"));
    CHECK(
        header(f.send(with_method(get("/mcp", {{"origin", kPage}}), "OPTIONS")), "Access-Control-Allow-Private-Network")
            .empty());

    for (const auto& [name, value] : apmcp::listener::Headers{{"origin", "http://localhost:3000"}, {"host", "evil"}}) {
      ask = with_method(get("/mcp", {{name, value}}), "OPTIONS");
      CHECK(f.send(ask).status == 403);
      CHECK(header(f.send(ask), "Access-Control-Allow-Origin").empty());
    }
    CHECK(f.send(with_method(get("/mcp"), "OPTIONS")).status == 405);
  }

  TEST_CASE("a page of a named origin can read every refusal") {
    HttpFixture f(with_page());
    const apmcp::listener::Headers page{{"origin", kPage}};
    const apmcp::listener::Headers foreign_host{{"origin", kPage}, {"host", "evil.example.com"}};
    for (const auto& [request, status] :
         {std::pair(post("/mcp", kPing, page), 401), std::pair(get("/mcp", foreign_host), 403),
          std::pair(get("/nothing", page), 404), std::pair(post("/register", "{}", page), 404),
          std::pair(with_method(get("/mcp", page), "PUT"), 405), std::pair(get("/healthz", page), 200)}) {
      const auto reply = f.send(request);
      CHECK(reply.status == status);
      CHECK(header(reply, "Access-Control-Allow-Origin") == kPage);
      CHECK(apmcp::lists_token(header(reply, "Access-Control-Expose-Headers"), "mcp-session-id"));
    }
    CHECK(f.send(with_method(get("/.well-known/oauth-protected-resource/mcp", page), "OPTIONS")).status == 204);
    CHECK_MESSAGE(header(f.send(get("/healthz")), "Vary") == "Origin", "a cache must keep both answers apart");
  }

  TEST_CASE("who looks for a sign-in page is told what to send, without a token") {
    HttpFixture f({.token = Secret("right")});
    for (const char* path : {"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp",
                             "/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/mcp",
                             "/.well-known/openid-configuration", "/mcp/.well-known/openid-configuration", "/register",
                             "/register/", "/authorize", "/token"}) {
      for (const auto& request : {get(path), post(path, "{}", {{"content-type", "text/plain"}})}) {
        const auto reply = f.send(request);
        CHECK(reply.status == 404);
        CHECK(reply.content_type == "application/json");
        CHECK(
            contains(body(reply)["error_description"], "This server has no sign-in page: send Authorization: Bearer"));
      }
    }
    HttpFixture keys({.check_caller_key = [](std::string_view) -> apmcp::Status { return apmcp::Unit{}; }});
    CHECK(contains(body(keys.send(post("/register", "{}")))["error_description"], "send X-AgentPhone-Key"));
    HttpFixture open;
    CHECK(contains(body(open.send(post("/register", "{}")))["error_description"], "needs no token"));
  }

  TEST_CASE("GET without a session is not allowed yet, and an unknown revision is answered with the known ones") {
    HttpFixture f;
    for (const char* accept : {"text/event-stream", "text/html", ""}) {
      const auto reply = f.send(get("/mcp", {{"accept", accept}}));
      CHECK(reply.status == 405);
      CHECK(header(reply, "Allow") == "POST");
    }
    const apmcp::listener::Headers unknown{{"mcp-protocol-version", "2099-01-01"}};
    const std::string notification = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
    for (const auto& request : {get("/mcp", unknown), with_method(get("/mcp", unknown), "DELETE"),
                                post("/mcp", kPing, unknown), post("/mcp", notification, unknown)}) {
      const auto reply = f.send(request);
      CHECK(reply.status == 400);
      CHECK_MESSAGE(contains(message(reply), "2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28"), reply.body);
    }
    CHECK(body(f.send(post("/mcp", kPing, unknown)))["error"]["code"] == -32602);
    CHECK(body(f.send(post("/mcp", kPing, unknown)))["id"] == 1);
  }

  TEST_CASE("a final slash makes no difference") {
    HttpFixture f;
    for (const char* path : {"/healthz/", "/readyz/", "/metrics/"}) CHECK(f.send(get(path)).status == 200);
    auto ask = stateless(1, "tools/list");
    ask.path = "/mcp/";
    CHECK(f.send(ask).status == 200);
    Exchange sse(f.server, get("/sse/"));
    CHECK(sse.reply().status == 200);
  }

  TEST_CASE("HEAD is answered where GET gives a page, and not where it gives a stream") {
    HttpFixture f;
    for (const char* path : {"/healthz", "/readyz", "/metrics"})
      CHECK(f.send(with_method(get(path), "HEAD")).status == 200);
    for (const char* path : {"/mcp", "/sse"}) CHECK(f.send(with_method(get(path), "HEAD")).status == 405);
  }

  TEST_CASE("a body must be JSON in UTF-8, whatever the other parameters") {
    const auto takes = [](const std::string& type) { return apmcp::transport::is_json(&type); };
    for (const char* yes :
         {"application/json", "Application/JSON ; charset=UTF-8", "application/json;charset=\"utf-8\"",
          "application/json; profile=x; charset=us-ascii", "application/json;"}) {
      CHECK_MESSAGE(takes(yes), yes);
    }
    for (const char* no : {"", "text/json", "application/json; charset=utf-16", "application/json;charset=latin1",
                           "application/jsonl", "application/json, text/plain"}) {
      CHECK_FALSE_MESSAGE(takes(no), no);
    }
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

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "unit/http/transport_fixture.h"

namespace apmcp::http {
namespace {

TEST_SUITE("contract") {
  TEST_CASE("a read goes out with its key and nothing superfluous, and its answer comes back whole") {
    const FaultServer server(always(ok_answer(R"({"plan":"payg"})", "Retry-After: 9\r\n")));
    const auto transport = transport_to(server);
    const auto answer = transport->send(get_request("/v1/numbers/num_1?limit=5&x=%2B1"), within(kPatience));
    REQUIRE(answer.ok());
    CHECK(answer->status == 200);
    CHECK(answer->body == R"({"plan":"payg"})");
    CHECK(answer->content_type == "application/json");
    CHECK(answer->retry_after == "9");

    const std::string sent = server.last_request();
    CHECK(sent.starts_with("GET /v1/numbers/num_1?limit=5&x=%2B1 HTTP/1.1\r\n"));
    CHECK(sent.find("Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n") != std::string::npos);
    CHECK(sent.find("Authorization: Bearer sk_test_12345678\r\n") != std::string::npos);
    CHECK(sent.find("Accept-Encoding: identity\r\n") != std::string::npos);
    CHECK(sent.find("User-Agent: agentphone-mcp/") != std::string::npos);
    CHECK(sent.find("Content-") == std::string::npos);
  }

  TEST_CASE("a write carries JSON") {
    const FaultServer server(always(ok_answer()));
    const auto transport = transport_to(server);
    for (const Method method : {Method::kPost, Method::kPatch, Method::kDelete}) {
      HttpRequest request = post_request();
      request.method = method;
      REQUIRE(transport->send(request, within(kPatience)).ok());
      const std::string sent = server.last_request();
      CHECK(sent.starts_with(std::string(method_name(method)) + " /v1/messages HTTP/1.1\r\n"));
      CHECK(sent.find("Content-Type: application/json\r\n") != std::string::npos);
      CHECK(sent.find("Content-Length: 16\r\n") != std::string::npos);
      CHECK(sent.find("Expect") == std::string::npos);
      CHECK(sent.ends_with("\r\n\r\n{\"body\":\"hello\"}"));
    }
  }

  TEST_CASE("a write takes a connection that was used a moment ago, and never an older one") {
    for (const auto& [limit, connections] : {std::pair{kPatience, 1}, std::pair{milliseconds{0}, 4}}) {
      const FaultServer server(always(ok_answer()));
      TransportSeams seams = quick_seams();
      seams.write_idle_limit = limit;
      const auto transport = transport_to(server, seams);
      REQUIRE(transport->send(get_request(), within(kPatience)).ok());
      for (int i = 0; i < 3; ++i) REQUIRE(transport->send(post_request(), within(kPatience)).ok());
      REQUIRE(transport->send(get_request(), within(kPatience)).ok());
      CHECK(server.connections() == connections);
      CHECK(server.requests() == 5);
    }
  }

  TEST_CASE("a write whose kept connection dies under it is unknown and sent once") {
    std::atomic<int> writes = 0;
    const FaultServer server([&](FaultConnection& connection) {
      connection.read_request();
      connection.send(ok_answer());
      writes += connection.read_request().starts_with("POST") ? 1 : 0;
      connection.reset();
    });
    const auto transport = transport_to(server);
    for (int i = 0; i < 5; ++i) {
      REQUIRE(transport->send(get_request(), within(kPatience)).ok());
      const auto got = transport->send(post_request(), within(kPatience));
      if (got.ok()) continue;  // from the second round on the peer is known to close early
      CHECK(i == 0);
      CHECK(got.error().code == ErrorCode::kOutcomeUnknown);
      CHECK(bytes_sent_of(got.error()) > 0);
    }
    CHECK(writes == 1);
    CHECK(server.last_request().starts_with("POST"));
  }

  TEST_CASE("a peer that closes early is no error for writes once it is known") {
    const FaultServer server([](FaultConnection& connection) {
      connection.read_request();
      connection.send(ok_answer());
    });
    const auto transport = transport_to(server);
    for (int i = 0; i < 2; ++i) REQUIRE(transport->send(get_request(), within(kPatience)).ok());
    for (int i = 0; i < 50; ++i) REQUIRE(transport->send(post_request(), within(kPatience)).ok());
    CHECK(server.requests() == 52);
  }

  TEST_CASE("no proxy is used, whatever the environment says") {
    const FaultServer proxy(always(ok_answer("\"proxy\"")));
    const FaultServer server(always(ok_answer()));
    const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port());
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, url.c_str(), 1);
    for (const Method method : kBoth) CHECK(transport_to(server)->send(request_of(method), within(kPatience)).ok());
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
    CHECK(server.requests() == 2);
    CHECK(proxy.connections() == 0);
  }

  TEST_CASE("a target goes out as it is") {
    const FaultServer server(always(ok_answer()));
    const auto transport = transport_to(server);
    for (const std::string target : {"/v1/a/../b", "//other.example/x", "/v1/[x]{y}?q=\"|^`\\", "/@other.example:80"}) {
      REQUIRE(transport->send(get_request(target), within(kPatience)).ok());
      CHECK(server.last_request().starts_with("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:"));
    }
    CHECK(server.connections() == 1);
  }

  TEST_CASE("a write without a body says so, and a request without a key has no Authorization") {
    const FaultServer server(always(ok_answer()));
    const auto transport = transport_to(server);
    HttpRequest request = post_request();
    request.body.clear();
    request.bearer = Secret();
    REQUIRE(transport->send(request, within(kPatience)).ok());
    CHECK(server.last_request().find("Content-Length: 0\r\n") != std::string::npos);
    CHECK(server.last_request().find("Authorization") == std::string::npos);
    CHECK(server.last_request().find("Content-Type") == std::string::npos);
  }

  TEST_CASE("a large body passes in both directions") {
    const std::string large(std::size_t{2} << 20, 'x');
    const FaultServer server(always(ok_answer(large)));
    const auto transport = transport_to(server);
    HttpRequest request = post_request();
    request.body = large;
    const auto answer = transport->send(request, within(kPatience));
    REQUIRE(answer.ok());
    CHECK(answer->body == large);
    CHECK(server.last_request().size() > large.size());
  }

  TEST_CASE("reads share one warm connection") {
    const FaultServer server(always(ok_answer()));
    const auto transport = transport_to(server);
    for (int i = 0; i < 10; ++i) REQUIRE(transport->send(get_request(), within(kPatience)).ok());
    CHECK(server.connections() == 1);
    CHECK(server.requests() == 10);
  }

  TEST_CASE("a connection that has been idle for too long is not used again") {
    const FaultServer server(always(ok_answer()));
    TransportSeams seams = quick_seams();
    seams.idle_limit = milliseconds{-1};
    const auto transport = transport_to(server, seams);
    for (int i = 0; i < 3; ++i) REQUIRE(transport->send(get_request(), within(kPatience)).ok());
    CHECK(server.connections() == 3);
  }

  TEST_CASE("an answer that ends its connection, or does not say its length, leaves nothing to reuse") {
    for (const std::string& answer :
         {ok_answer("{}", "Connection: close\r\n"), std::string("HTTP/1.1 200 OK\r\n\r\n{}")}) {
      const FaultServer server([&](FaultConnection& connection) {
        connection.read_request();
        connection.send(answer);
      });
      const auto transport = transport_to(server);
      for (int i = 0; i < 2; ++i) {
        const auto got = transport->send(get_request(), within(kPatience));
        REQUIRE(got.ok());
        CHECK(got->body == "{}");
      }
      CHECK(server.connections() == 2);
    }
  }

  TEST_CASE("an upstream that closes after every reply is no error for reads") {
    const FaultServer server([](FaultConnection& connection) {
      connection.read_request();
      connection.send(ok_answer());
    });
    const auto transport = transport_to(server);
    for (int i = 0; i < 50; ++i) REQUIRE(transport->send(get_request(), within(kPatience)).ok());
    CHECK(server.requests() == 50);
  }

  TEST_CASE("a warm connection that dies under a read is replaced without a word") {
    std::atomic<int> connections = 0;
    const FaultServer server([&](FaultConnection& connection) {
      const bool is_first = connections++ == 0;
      connection.read_request();
      connection.send(ok_answer());
      connection.read_request();
      if (is_first) return connection.reset();
      connection.send(ok_answer());
      connection.wait_for_end();
    });
    const auto transport = make_curl_transport({.origin = loopback_origin(server.port()), .read_retries = 0});
    for (int i = 0; i < 2; ++i) REQUIRE(transport->send(get_request(), within(kPatience)).ok());
    CHECK(server.connections() == 2);
    CHECK(server.requests() == 3);
  }

  TEST_CASE("bytes that nobody asked for are not taken for the next answer") {
    const FaultServer server([&](FaultConnection& connection) {
      connection.read_request();
      connection.send(ok_answer(R"({"n":1})") + ok_answer(R"({"n":"forged"})"));
      connection.wait_for_end();
    });
    const auto transport = transport_to(server);
    const auto first = transport->send(get_request(), within(kPatience));
    const auto second = transport->send(get_request(), within(kPatience));
    REQUIRE(first.ok());
    REQUIRE(second.ok());
    CHECK(second->body == R"({"n":1})");
    CHECK(server.connections() == 2);
  }

  TEST_CASE("several threads send at once") {
    const FaultServer server(always(ok_answer()));
    const auto transport = transport_to(server);
    std::atomic<int> good = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&, i] {
          for (int n = 0; n < 20; ++n) {
            good +=
                transport->send(request_of(i % 3 == 0 ? Method::kPost : Method::kGet), within(kPatience)).ok() ? 1 : 0;
          }
        });
      }
    }
    CHECK(good == 120);
    CHECK(server.requests() == 120);
  }

  TEST_CASE("what must not go on the wire opens no connection") {
    const FaultServer server(always(ok_answer()));
    const auto transport = transport_to(server);
    for (const char* target : {"", "v1/usage", "/v1/a b", "/v1/a\r\nX: y", "/v1/a#b", "/v1/\x7f", "/v1/\xc3\xa9"}) {
      CAPTURE(target);
      const auto refused = transport->send(get_request(target), within(kPatience));
      REQUIRE_FALSE(refused.ok());
      CHECK(refused.error().code == ErrorCode::kInternal);
    }
    HttpRequest request = get_request();
    request.bearer = Secret("sk_test_1\r\nX-Injected: yes");
    const auto injected = transport->send(request, within(kPatience));
    REQUIRE_FALSE(injected.ok());
    CHECK(injected.error().code == ErrorCode::kUnauthorized);

    request.bearer = Secret("sk_live_12345678");
    const auto live = transport->send(request, within(kPatience));
    REQUIRE_FALSE(live.ok());
    CHECK(live.error().code == ErrorCode::kPolicyDenied);
    CHECK(live.error().message.find("12345678") == std::string::npos);
    CHECK(server.connections() == 0);
  }
}

}  // namespace
}  // namespace apmcp::http

#include <latch>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "unit/http/transport_fixture.h"

namespace apmcp::http {
namespace {

constexpr milliseconds kShort{300};
constexpr milliseconds kSlack{500};

/// What a call over a faulty connection must end as.
void check_broken(const Result<HttpResponse>& got, Method method, std::string_view stage) {
  REQUIRE_FALSE(got.ok());
  CHECK(got.error().code == (is_read(method) ? ErrorCode::kUpstreamDown : ErrorCode::kOutcomeUnknown));
  CHECK(stage_of(got.error()) == stage);
  CHECK(bytes_sent_of(got.error()) > 0);
  CHECK_FALSE(got.error().message.empty());
  CHECK_FALSE(got.error().next_step.empty());
  CHECK(got.error().message.find("sk_test") == std::string::npos);
}

struct Fault {
  std::string_view name;
  FaultServer::Script script;
};

/// Sends until the client has had enough.
FaultServer::Script flood(std::string start, std::string unit) {
  return [start = std::move(start), unit = std::move(unit)](FaultConnection& connection) {
    connection.read_request();
    connection.send(start);
    while (connection.send(unit)) {
    }
  };
}

FaultServer::Script once(std::string answer) {
  return [answer = std::move(answer)](FaultConnection& connection) {
    connection.read_request();
    connection.send(answer);
    connection.wait_for_end();
  };
}

TEST_SUITE("contract") {
  TEST_CASE("nobody listens: nothing was sent, and that is said") {
    const auto transport = make_curl_transport({.origin = loopback_origin(test::closed_port())}, quick_seams());
    for (const Method method : kBoth) {
      const auto got = transport->send(request_of(method), within(kPatience));
      REQUIRE_FALSE(got.ok());
      CHECK(got.error().code == ErrorCode::kUpstreamDown);
      CHECK(stage_of(got.error()) == "connect");
      CHECK(bytes_sent_of(got.error()) == 0);
      CHECK(got.error().message.find("refused") != std::string::npos);
    }
  }

  TEST_CASE("a connection attempt without an answer ends at the deadline with nothing sent") {
    const test::BlackHole hole;
    const auto transport = make_curl_transport({.origin = loopback_origin(hole.port())}, quick_seams());
    for (const Method method : kBoth) {
      const auto start = std::chrono::steady_clock::now();
      const auto got = transport->send(request_of(method), within(kShort));
      REQUIRE_FALSE(got.ok());
      CHECK(got.error().code == ErrorCode::kUpstreamDown);
      CHECK(bytes_sent_of(got.error()) == 0);
      CHECK(since(start) < kShort + kSlack);
    }
  }

  TEST_CASE("a name lookup without an answer ends at the deadline with nothing sent, and is not waited for") {
    std::latch release(1);
    const FakeName name("api.test", [&] {
      release.wait();
      return std::vector<int>{};
    });
    for (const Method method : kBoth) {
      const auto start = std::chrono::steady_clock::now();
      const auto got = named_transport()->send(request_of(method), within(kShort));
      CHECK(since(start) < kShort + kSlack);
      REQUIRE_FALSE(got.ok());
      CHECK(got.error().code == ErrorCode::kUpstreamDown);
      CHECK(stage_of(got.error()) == "connect");
      CHECK(bytes_sent_of(got.error()) == 0);
    }
    release.count_down();
  }

  TEST_CASE("silence, a dripped head and a dripped body all end at the total deadline") {
    const Fault slow[] = {
        {"silence", [](FaultConnection& connection) { connection.wait_for_end(); }},
        {"read, then silence",
         [](FaultConnection& connection) {
           connection.read_request();
           connection.wait_for_end();
         }},
        {"head drip",
         [](FaultConnection& connection) {
           connection.read_request();
           connection.drip("HTTP/1.1 200 OK\r\nX: " + std::string(200, 'x'), milliseconds{20});
         }},
        {"body drip",
         [](FaultConnection& connection) {
           connection.read_request();
           connection.send("HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n");
           connection.drip(std::string(200, 'x'), milliseconds{20});
         }},
    };
    for (const Fault& fault : slow) {
      for (const Method method : kBoth) {
        CAPTURE(fault.name);
        const FaultServer server(fault.script);
        const auto transport = transport_to(server);
        const auto start = std::chrono::steady_clock::now();
        const auto got = transport->send(request_of(method), within(kShort));
        CHECK(since(start) >= kShort);
        CHECK(since(start) < kShort + kSlack);
        REQUIRE_FALSE(got.ok());
        CHECK(got.error().code == (is_read(method) ? ErrorCode::kTimeout : ErrorCode::kOutcomeUnknown));
        CHECK(stage_of(got.error()) == "receive");
        CHECK(bytes_sent_of(got.error()) > 0);
        CHECK(server.connections() == 1);
      }
    }
  }

  TEST_CASE("a connection that breaks leaves a write unknown and a read repeated") {
    const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"id\":\"ms";
    const Fault cuts[] = {
        {"reset before the request is read", [](FaultConnection& connection) { connection.reset(); }},
        {"reset with the body unread",
         [](FaultConnection& connection) {
           connection.read_head();
           connection.reset();
         }},
        {"reset after the request",
         [](FaultConnection& connection) {
           connection.read_request();
           connection.reset();
         }},
        {"closed after the request", [](FaultConnection& connection) { connection.read_request(); }},
        {"reset after the head",
         [](FaultConnection& connection) {
           connection.read_request();
           connection.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");
           connection.reset();
         }},
        {"half of the JSON, then the end",
         [&](FaultConnection& connection) {
           connection.read_request();
           connection.send(half);
         }},
        {"half of a chunk, then the end",
         [&](FaultConnection& connection) {
           connection.read_request();
           connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"id\":");
         }},
    };
    for (const Fault& cut : cuts) {
      for (const Method method : kBoth) {
        CAPTURE(cut.name);
        const FaultServer server(cut.script);
        const auto transport = transport_to(server);
        const auto got = transport->send(request_of(method), within(kPatience));
        REQUIRE_FALSE(got.ok());
        if (is_read(method)) {
          CHECK(got.error().code == ErrorCode::kUpstreamDown);
          CHECK(server.connections() == 3);
        } else {
          // A reset that comes before our write is proof that nothing left; then, and only then, the write is repeated.
          const bool unsent = bytes_sent_of(got.error()) == 0;
          CHECK(got.error().code == (unsent ? ErrorCode::kUpstreamDown : ErrorCode::kOutcomeUnknown));
          CHECK(server.requests() <= 1);
        }
      }
    }
  }

  TEST_CASE("an answer that is not clean HTTP is an error, never a short success, and a write is sent once") {
    const Fault answers[] = {
        {"garbage", once("\x16\x03\x01 what is this\r\n\r\n")},
        {"HTTP/0.9", flood("", "<html>hello</html>\n")},
        {"30 KB reason phrase", once("HTTP/1.1 200 " + std::string(30'000, 'x') + "\r\nContent-Length: 0\r\n\r\n")},
        {"endless status line", flood("HTTP/1.1 200 ", std::string(4096, 'x'))},
        {"header flood", flood("HTTP/1.1 200 OK\r\n", "A: b\r\n")},
        {"100 Continue flood", flood("", "HTTP/1.1 100 Continue\r\n\r\n")},
        {"declared 512 MB", once("HTTP/1.1 200 OK\r\nContent-Length: 536870912\r\n\r\n")},
        {"endless body", flood("HTTP/1.1 200 OK\r\n\r\n", std::string(65'536, 'x'))},
        {"endless chunks",
         flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1000\r\n" + std::string(4096, 'x') + "\r\n")},
        {"gzip", once("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b")},
        {"two lengths", once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ")},
        {"length and chunked",
         once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
        {"broken chunks", once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n")},
        {"negative chunk", once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nhello")},
        {"switched protocols", once("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")},
    };
    for (const Fault& fault : answers) {
      for (const Method method : kBoth) {
        CAPTURE(fault.name);
        const FaultServer server(fault.script);
        const auto transport =
            make_curl_transport({.origin = loopback_origin(server.port()), .max_body = 100'000}, quick_seams());
        const auto got = transport->send(request_of(method), within(kPatience));
        check_broken(got, method, "receive");
        CHECK(server.connections() == 1);
        CHECK(server.requests() == 1);
      }
    }
  }

  TEST_CASE("a redirect is handed up as it is and never followed") {
    const FaultServer elsewhere(always(ok_answer()));
    const std::string target = "http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/";
    for (const std::string& location : {target, std::string("//127.0.0.1/"), std::string("/v1/other")}) {
      for (const int status : {301, 302, 303, 307, 308}) {
        const FaultServer server(always(status_answer(status, "Location: " + location + "\r\n")));
        const auto transport = transport_to(server);
        for (const Method method : kBoth) {
          const auto got = transport->send(request_of(method), within(kPatience));
          REQUIRE(got.ok());
          CHECK(got->status == status);
        }
        CHECK(server.requests() == 2);
      }
    }
    CHECK(elsewhere.connections() == 0);
  }

  TEST_CASE("every status is a result") {
    for (const int status : {200, 201, 204, 304, 400, 401, 402, 403, 404, 409, 422, 501}) {
      const FaultServer server(always(status_answer(status)));
      const auto transport = transport_to(server);
      for (const Method method : kBoth) {
        const auto got = transport->send(request_of(method), within(kPatience));
        REQUIRE(got.ok());
        CHECK(got->status == status);
        CHECK(got->body.empty());
      }
      CHECK(server.requests() == 2);
    }
  }
}

}  // namespace
}  // namespace apmcp::http

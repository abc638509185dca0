#include <atomic>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "unit/http/transport_fixture.h"

namespace apmcp::http {
namespace {

/// Resolves to a dead port `dead` times, then to the server's.
FakeName::Lookup eventually(int port, int dead, std::atomic<int>& lookups) {
  const int closed = test::closed_port();
  return [=, &lookups] { return std::vector{lookups++ < dead ? closed : port}; };
}

/// The first `bad` requests get `answer`, the rest succeed.
FaultServer::Script fail_first(int bad, std::string answer, std::atomic<int>& count) {
  return [=, &count](FaultConnection& connection) {
    while (!connection.read_request().empty()) connection.send(count++ < bad ? answer : ok_answer());
  };
}

TEST_SUITE("contract") {
  TEST_CASE("a read is repeated through passing trouble, a write hands the trouble up") {
    for (const int status : {429, 500, 502, 503, 504}) {
      std::atomic<int> count = 0;
      const FaultServer server(fail_first(2, status_answer(status, "Retry-After: 0\r\n"), count));
      const auto transport = transport_to(server);
      const auto read = transport->send(get_request(), within(kPatience));
      REQUIRE(read.ok());
      CHECK(read->status == 200);
      CHECK(server.requests() == 3);

      count = 0;
      const auto write = transport->send(post_request(), within(kPatience));
      REQUIRE(write.ok());
      CHECK(write->status == status);
      CHECK(write->retry_after == "0");
      CHECK(server.requests() == 4);
    }
  }

  TEST_CASE("trouble that does not pass ends after two repeats with the last answer") {
    for (const char* asked :
         {"", "Retry-After: -1\r\n", "Retry-After: soon\r\n", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"}) {
      const FaultServer server(always(status_answer(503, asked)));
      const auto got = transport_to(server)->send(get_request(), within(kPatience));
      REQUIRE(got.ok());
      CHECK(got->status == 503);
      CHECK(server.requests() == 3);
    }
  }

  TEST_CASE("a wait that is too long or does not fit the deadline is left to the caller, at once") {
    const FaultServer hour(always(status_answer(429, "Retry-After: 3600\r\n")));
    const FaultServer two_seconds(always(status_answer(429, "Retry-After: 2\r\n")));
    const auto start = std::chrono::steady_clock::now();
    const auto long_wait = transport_to(hour)->send(get_request(), within(kPatience));
    const auto no_room = transport_to(two_seconds)->send(get_request(), within(milliseconds{1500}));
    CHECK(since(start) < milliseconds{1500});
    REQUIRE(long_wait.ok());
    CHECK(long_wait->status == 429);
    CHECK(long_wait->retry_after == "3600");
    REQUIRE(no_room.ok());
    CHECK(no_room->retry_after == "2");
    CHECK(hour.requests() == 1);
    CHECK(two_seconds.requests() == 1);
  }

  TEST_CASE("a write whose connection never opened is tried again, twice, and sent once") {
    const FaultServer server(always(ok_answer()));
    std::atomic<int> lookups = 0;
    {
      const FakeName lucky("api.test", eventually(server.port(), 2, lookups));
      CHECK(named_transport()->send(post_request(), within(kPatience)).ok());
    }
    CHECK(lookups == 3);
    CHECK(server.requests() == 1);

    lookups = 0;
    const FakeName unlucky("api.test", eventually(server.port(), 99, lookups));
    const auto got = named_transport()->send(post_request(), within(kPatience));
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == ErrorCode::kUpstreamDown);
    CHECK(lookups == 3);
    CHECK(server.requests() == 1);
  }

  TEST_CASE("a dead address costs a moment when another one is alive") {
    const test::BlackHole hole;
    const FaultServer server(always(ok_answer()));
    const FakeName name("api.test", [&] { return std::vector{test::closed_port(), hole.port(), server.port()}; });
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(named_transport()->send(post_request(), within(kPatience)).ok());
    CHECK(since(start) < milliseconds{900});
    CHECK(server.requests() == 1);
  }

  TEST_CASE("a name that does not exist is nothing sent, and one lookup serves for a while") {
    std::atomic<int> lookups = 0;
    {
      const FakeName unknown("api.test", [&] {
        ++lookups;
        return std::vector<int>{};
      });
      const auto got = named_transport()->send(post_request(), within(kPatience));
      REQUIRE_FALSE(got.ok());
      CHECK(got.error().code == ErrorCode::kUpstreamDown);
      CHECK(stage_of(got.error()) == "connect");
      CHECK(bytes_sent_of(got.error()) == 0);
      CHECK(got.error().message.find("name lookup failed") != std::string::npos);
      CHECK(lookups == 3);
    }

    lookups = 0;
    const FaultServer server(always(ok_answer()));
    const FakeName known("api.test", eventually(server.port(), 0, lookups));
    const auto transport = named_transport(server.port());
    for (int i = 0; i < 3; ++i) REQUIRE(transport->send(post_request(), within(kPatience)).ok());
    CHECK(lookups == 1);
    CHECK(server.last_request().find("Host: api.test:") != std::string::npos);
  }

  TEST_CASE("a read whose connection breaks is repeated on another one") {
    std::atomic<int> connections = 0;
    const FaultServer server([&](FaultConnection& connection) {
      const bool is_first = connections++ == 0;
      connection.read_request();
      if (is_first) return connection.reset();
      connection.send(ok_answer());
      connection.wait_for_end();
    });
    CHECK(transport_to(server)->send(get_request(), within(kPatience)).ok());
    CHECK(server.requests() == 2);
  }
}

}  // namespace
}  // namespace apmcp::http

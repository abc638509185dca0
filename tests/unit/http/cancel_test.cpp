#include <chrono>
#include <latch>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "unit/http/transport_fixture.h"

namespace apmcp::http {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr milliseconds kPromptly{500};
#else
constexpr milliseconds kPromptly{100};
#endif

struct Cancelled {
  Result<HttpResponse> result;
  milliseconds after;  ///< from the stop to the return
};

/// Sends, and stops the call as soon as `reached` counts down.
Cancelled cancel_at(HttpTransport& transport, const HttpRequest& request, std::latch& reached) {
  std::stop_source source;
  std::chrono::steady_clock::time_point stopped;
  std::jthread canceller([&] {
    reached.wait();
    stopped = std::chrono::steady_clock::now();
    source.request_stop();
  });
  auto result = transport.send(request, {.stop = source.get_token(), .timeout = kPatience});
  const auto returned = std::chrono::steady_clock::now();
  canceller.join();
  return {std::move(result), std::chrono::duration_cast<milliseconds>(returned - stopped)};
}

void check_cancelled(const Cancelled& got, bool was_sent) {
  REQUIRE_FALSE(got.result.ok());
  CHECK(got.after < kPromptly);
  CHECK(got.result.error().code == ErrorCode::kCancelled);
  CHECK((bytes_sent_of(got.result.error()) > 0) == was_sent);
}

/// Counts down `reached` and then behaves as told, so that the phase of the client is known.
FaultServer::Script stall_after(std::string_view start, std::latch& reached) {
  return [start, &reached](FaultConnection& connection) {
    connection.read_request();
    connection.send(start);
    reached.count_down();
    connection.wait_for_end();
  };
}

TEST_SUITE("contract") {
  TEST_CASE("a call that is already cancelled opens no connection") {
    const FaultServer server(always(ok_answer()));
    std::stop_source source;
    source.request_stop();
    const auto got = transport_to(server)->send(post_request(), {.stop = source.get_token(), .timeout = kPatience});
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == ErrorCode::kCancelled);
    CHECK(server.requests() == 0);
  }

  TEST_CASE("a name lookup can be cancelled") {
    for (const Method method : kBoth) {
      std::latch reached(1);
      std::latch release(1);
      const FakeName name("api.test", [&] {
        reached.count_down();
        release.wait();
        return std::vector<int>{};
      });
      const auto transport = named_transport();
      const Cancelled got = cancel_at(*transport, request_of(method), reached);
      release.count_down();
      check_cancelled(got, false);
    }
  }

  TEST_CASE("a connection attempt can be cancelled") {
    const test::BlackHole hole;
    for (const Method method : kBoth) {
      std::latch reached(1);
      const FakeName name("api.test", [&] {
        reached.count_down();
        return std::vector{hole.port()};
      });
      const auto transport = named_transport();
      check_cancelled(cancel_at(*transport, request_of(method), reached), false);
    }
  }

  TEST_CASE("a handshake can be cancelled") {
    const test::TestAuthority authority;
    for (const Method method : kBoth) {
      std::latch reached(1);
      const FaultServer server([&](FaultConnection& connection) {
        reached.count_down();
        connection.wait_for_end();
      });
      const auto transport = make_curl_transport(
          {.origin = loopback_origin(server.port(), true), .ca_file = authority.ca_file()}, quick_seams());
      check_cancelled(cancel_at(*transport, request_of(method), reached), false);
      CHECK(server.requests() == 0);
    }
  }

  TEST_CASE("waiting for an answer can be cancelled in the middle of nothing, of the head and of the body") {
    const test::TestAuthority authority;
    const test::ServerTls tls = authority.server(test::Leaf::kGood);
    for (const std::string_view start : {"", "HTTP/1.1 200 OK\r\nX", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"}) {
      for (const bool encrypted : {false, true}) {
        CAPTURE(start);
        std::latch reached(1);
        const FaultServer server(stall_after(start, reached), encrypted ? tls : nullptr);
        const auto transport = make_curl_transport(
            {.origin = loopback_origin(server.port(), encrypted), .ca_file = authority.ca_file()}, quick_seams());
        check_cancelled(cancel_at(*transport, get_request(), reached), true);
        CHECK(server.requests() == 1);
      }
    }
  }

  TEST_CASE("a write that has left is waited for although it was cancelled, and its answer is not lost") {
    std::latch arrived(1);
    std::latch cancelled(1);
    const FaultServer server([&](FaultConnection& connection) {
      connection.read_request();
      arrived.count_down();
      cancelled.wait();
      connection.send(ok_answer());
    });
    std::stop_source source;
    std::jthread canceller([&] {
      arrived.wait();
      source.request_stop();
      cancelled.count_down();
    });
    const auto got = transport_to(server)->send(post_request(), {.stop = source.get_token(), .timeout = kPatience});
    REQUIRE(got.ok());
    CHECK(got->status == 200);
    CHECK(server.requests() == 1);
  }

  TEST_CASE("a write whose body the peer does not take ends at its deadline, cancelled or not") {
    std::latch release(1);
    const FaultServer server([&](FaultConnection& connection) {
      connection.read_head();
      release.wait();
    });
    HttpRequest request = post_request();
    request.body.assign(std::size_t{64} << 20, 'x');
    const auto got = transport_to(server)->send(request, within(milliseconds{300}));
    release.count_down();
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == ErrorCode::kOutcomeUnknown);
    CHECK(stage_of(got.error()) == "send");
  }

  TEST_CASE("the wait before a repeat can be cancelled") {
    std::latch reached(1);
    const FaultServer server([&](FaultConnection& connection) {
      connection.read_request();
      connection.send(status_answer(429, "Retry-After: 5\r\n"));
      reached.count_down();
      connection.wait_for_end();
    });
    const auto transport = transport_to(server);
    const Cancelled got = cancel_at(*transport, get_request(), reached);
    REQUIRE_FALSE(got.result.ok());
    CHECK(got.result.error().code == ErrorCode::kCancelled);
    CHECK(got.after < kPromptly);
    CHECK(server.requests() == 1);
  }

  TEST_CASE("a cancelled call leaves the next one unharmed") {
    std::latch reached(1);
    const FaultServer stalling(stall_after("", reached));
    const auto transport = transport_to(stalling);
    check_cancelled(cancel_at(*transport, get_request(), reached), true);
    const auto next = transport->send(get_request(), within(milliseconds{50}));
    REQUIRE_FALSE(next.ok());
    CHECK(next.error().code == ErrorCode::kTimeout);
    CHECK(stalling.connections() == 2);
  }
}

}  // namespace
}  // namespace apmcp::http

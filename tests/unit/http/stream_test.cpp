#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "unit/http/transport_fixture.h"

namespace apmcp::http {
namespace {

constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Answers one request with `bytes` and then behaves as told.
FaultServer::Script stream_of(std::string bytes, bool keep_open) {
  return [bytes = std::move(bytes), keep_open](FaultConnection& connection) {
    connection.read_request();
    connection.send(std::string(kStreamHead) + bytes);
    if (keep_open) connection.wait_for_end();
  };
}

struct Streamed {
  Result<HttpResponse> result;
  std::string body;
};

Streamed stream_from(HttpTransport& transport, const CallOptions& options, std::size_t enough = 1'000) {
  Streamed got{.result = HttpResponse{}, .body = {}};
  got.result = transport.stream(get_request(), options, [&](std::string_view piece) {
    got.body += piece;
    return got.body.size() < enough;
  });
  return got;
}

TEST_SUITE("contract") {
  TEST_CASE("a stream is handed on as it comes, and ends when the peer ends it") {
    FaultServer server(stream_of("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n", false));
    const auto transport = transport_to(server);
    const Streamed got = stream_from(*transport, within(kPatience));
    REQUIRE(got.result.ok());
    CHECK(got.result->status == 200);
    CHECK(got.result->content_type == "text/event-stream");
    CHECK(got.result->body.empty());
    CHECK(got.body == "onetwo");
  }

  TEST_CASE("a stream may be longer than any answer") {
    FaultServer server(stream_of("8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n", false));
    const auto transport =
        make_curl_transport({.origin = loopback_origin(server.port()), .max_body = 10}, quick_seams());
    CHECK(stream_from(*transport, within(kPatience)).body == "1234567812345678");
  }

  TEST_CASE("whoever reads a stream may have enough of it") {
    FaultServer server(stream_of("3\r\none\r\n", true));
    const auto transport = transport_to(server);
    const Streamed got = stream_from(*transport, within(kPatience), 3);
    REQUIRE(got.result.ok());
    CHECK(got.result->status == 200);
    CHECK(got.body == "one");
  }

  TEST_CASE("a stream that is cut says so, and is not asked for again") {
    FaultServer server(stream_of("3\r\none\r\n", false));
    const auto transport = transport_to(server);
    const Streamed got = stream_from(*transport, within(kPatience));
    REQUIRE_FALSE(got.result.ok());
    CHECK(got.result.error().code == ErrorCode::kUpstreamDown);
    CHECK(got.body == "one");
    CHECK(server.connections() == 1);
  }

  TEST_CASE("a stream that falls silent is taken for dead") {
    FaultServer server(stream_of("3\r\none\r\n", true));
    TransportSeams seams = quick_seams();
    seams.stream_idle = milliseconds{200};
    const auto transport = transport_to(server, seams);
    const Streamed got = stream_from(*transport, within(kPatience));
    REQUIRE_FALSE(got.result.ok());
    CHECK(got.result.error().code == ErrorCode::kUpstreamDown);
    CHECK(got.body == "one");
  }

  TEST_CASE("a stream ends at its deadline") {
    FaultServer server(stream_of("3\r\none\r\n", true));
    const auto transport = transport_to(server);
    const Streamed got = stream_from(*transport, within(milliseconds{50}));
    REQUIRE_FALSE(got.result.ok());
    CHECK(got.result.error().code == ErrorCode::kTimeout);
  }

  TEST_CASE("a stream ends when its reader is stopped") {
    FaultServer server(stream_of("3\r\none\r\n", true));
    const auto transport = transport_to(server);
    std::stop_source source;
    const auto result =
        transport->stream(get_request(), {.stop = source.get_token(), .timeout = kPatience}, [&](std::string_view) {
          source.request_stop();
          return true;
        });
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::kCancelled);
  }

  TEST_CASE("a refusal to stream comes back whole") {
    FaultServer server([](FaultConnection& connection) {
      connection.read_request();
      connection.send("HTTP/1.1 404 -\r\nContent-Length: 13\r\n\r\n{\"detail\": 1}");
    });
    const auto transport = transport_to(server);
    const Streamed got = stream_from(*transport, within(kPatience));
    REQUIRE(got.result.ok());
    CHECK(got.result->status == 404);
    CHECK(got.result->body == "{\"detail\": 1}");
    CHECK(got.body.empty());
  }

  TEST_CASE("a stream is asked for as such") {
    std::string head;
    FaultServer server([&](FaultConnection& connection) {
      head = connection.read_request();
      connection.send(std::string(kStreamHead) + "0\r\n\r\n");
    });
    const auto transport = transport_to(server);
    REQUIRE(stream_from(*transport, within(kPatience)).result.ok());
    CHECK(head.find("Accept: text/event-stream\r\n") != std::string::npos);
    CHECK(head.find("application/json") == std::string::npos);
  }
}

}  // namespace
}  // namespace apmcp::http

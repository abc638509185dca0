#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "unit/http/transport_fixture.h"

namespace apmcp::http {
namespace {

using test::Leaf;
using test::ServerTls;
using test::TestAuthority;

constexpr milliseconds kSilence{300};

constexpr const char* kOfficial = "api.agentphone.to";

/// A transport that believes it talks to AgentPhone: the name resolves to the server.
struct OfficialTransport {
  OfficialTransport(int port, std::string ca_file)
      : name(kOfficial, [port] { return std::vector{port}; }),
        transport(make_curl_transport(
            {.origin = {.tls = true, .host = kOfficial, .port = port}, .ca_file = std::move(ca_file)}, quick_seams())) {
  }

  HttpTransport* operator->() const { return transport.get(); }

  HttpTransport& operator*() const { return *transport; }

  FakeName name;
  std::unique_ptr<HttpTransport> transport;
};

void check_refused(HttpTransport& transport, const FaultServer& server) {
  for (const Method method : {Method::kGet, Method::kPost}) {
    const int before = server.connections();
    const auto got = transport.send(request_of(method), within(kPatience));
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == ErrorCode::kUpstreamDown);
    CHECK(stage_of(got.error()) == "connect");
    CHECK(bytes_sent_of(got.error()) == 0);
    CHECK(got.error().message.find("BEGIN") == std::string::npos);
    CHECK(got.error().message.size() < 250);
    CHECK(server.connections() == before + 1);
  }
  CHECK(server.application_bytes() == 0);
}

TEST_SUITE("contract") {
  TEST_CASE("a good certificate is accepted for a name and for an address") {
    const TestAuthority authority;
    const FaultServer server(always(ok_answer()), authority.server(Leaf::kGood));
    for (const char* host : {"127.0.0.1", "localhost"}) {
      const auto transport =
          make_curl_transport({.origin = {.tls = true, .host = host, .port = server.port(), .is_loopback = true},
                               .ca_file = authority.ca_file()});
      REQUIRE(transport->send(post_request(), within(kPatience)).ok());
    }
    const OfficialTransport official(server.port(), authority.ca_file());
    HttpRequest request = post_request();
    request.bearer = Secret("sk_live_12345678");
    REQUIRE(official->send(request, within(kPatience)).ok());
    CHECK(server.last_request().find("sk_live_12345678") != std::string::npos);
  }

  TEST_CASE("reads keep one TLS connection warm, also when tickets come late") {
    const TestAuthority authority;
    const FaultServer server(always(ok_answer()), authority.server(Leaf::kGood));
    const OfficialTransport transport(server.port(), authority.ca_file());
    for (int i = 0; i < 5; ++i) REQUIRE(transport->send(get_request(), within(kPatience)).ok());
    CHECK(server.connections() == 1);
  }

  TEST_CASE("a new connection takes up the TLS session of an earlier one, and sends nothing early") {
    const TestAuthority authority;
    const FaultServer server(always(ok_answer()), authority.server(Leaf::kGood));
    const FakeName name(kOfficial, [&] { return std::vector{server.port()}; });
    TransportSeams seams = quick_seams();
    seams.write_idle_limit = milliseconds{0};
    const auto transport = make_curl_transport(
        {.origin = {.tls = true, .host = kOfficial, .port = server.port()}, .ca_file = authority.ca_file()}, seams);
    for (int i = 0; i < 4; ++i) REQUIRE(transport->send(post_request(), within(kPatience)).ok());
    CHECK(server.connections() == 4);
    CHECK(server.resumptions() == 3);
    CHECK(server.early_data() == 0);
  }

  TEST_CASE("no byte of a request reaches a server whose certificate is wrong, and it is not tried twice") {
    const TestAuthority authority;
    for (const Leaf leaf : {Leaf::kWrongName, Leaf::kCommonNameOnly, Leaf::kExpired, Leaf::kSelfSigned,
                            Leaf::kUnknownAuthority, Leaf::kClientOnly, Leaf::kPartialWildcard}) {
      CAPTURE(static_cast<int>(leaf));
      const FaultServer server(always(ok_answer()), authority.server(leaf));
      const OfficialTransport transport(server.port(), authority.ca_file());
      check_refused(*transport, server);
      const auto got = transport->send(get_request(), within(kPatience));
      REQUIRE_FALSE(got.ok());
      CHECK(got.error().message.find("certificate") != std::string::npos);
    }
  }

  TEST_CASE("an address must be in the certificate too") {
    const TestAuthority authority;
    const FaultServer server(always(ok_answer()), authority.server(Leaf::kWrongName));
    const auto transport = make_curl_transport(
        {.origin = loopback_origin(server.port(), true), .ca_file = authority.ca_file()}, quick_seams());
    check_refused(*transport, server);
  }

  TEST_CASE("a server that stops at TLS 1.1, or speaks no TLS at all, is refused") {
    const TestAuthority authority;
    const FaultServer old(always(ok_answer()), authority.server(Leaf::kGood, TLS1_1_VERSION));
    check_refused(*OfficialTransport(old.port(), authority.ca_file()), old);

    const FaultServer plain([](FaultConnection& connection) {
      connection.send_raw("HTTP/1.1 400 Bad Request\r\n\r\n");
      connection.wait_for_end();
    });
    const auto got = OfficialTransport(plain.port(), authority.ca_file())->send(post_request(), within(kPatience));
    REQUIRE_FALSE(got.ok());
    CHECK(bytes_sent_of(got.error()) == 0);
    CHECK(plain.connections() == 1);
  }

  TEST_CASE("the environment has no say in whom we trust") {
    const TestAuthority authority;
    ::setenv("SSL_CERT_FILE", authority.ca_file().c_str(), 1);
    ::setenv("https_proxy", "http://127.0.0.1:1", 1);
    const FaultServer server(always(ok_answer()), authority.server(Leaf::kGood));
    check_refused(*OfficialTransport(server.port(), ""), server);
    CHECK(OfficialTransport(server.port(), authority.ca_file())->send(get_request(), within(kPatience)).ok());
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("https_proxy");
  }

  TEST_CASE("a CA file that cannot be read is named as the reason") {
    const TestAuthority authority;
    const FaultServer server(always(ok_answer()), authority.server(Leaf::kGood));
    const OfficialTransport transport(server.port(), "/nonexistent/ca.pem");
    const auto got = transport->send(get_request(), within(kPatience));
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().message.find("CA file") != std::string::npos);
    CHECK(server.application_bytes() == 0);
  }

  TEST_CASE("a handshake that hangs or breaks is nothing sent") {
    const TestAuthority authority;
    const FaultServer silent([](FaultConnection& connection) { connection.wait_for_end(); });
    const FaultServer rude([](FaultConnection& connection) { connection.reset(); });
    for (const Method method : {Method::kGet, Method::kPost}) {
      const auto start = std::chrono::steady_clock::now();
      const auto hung =
          OfficialTransport(silent.port(), authority.ca_file())->send(request_of(method), within(kSilence));
      CHECK(since(start) < kSilence + milliseconds{500});
      const auto broken =
          OfficialTransport(rude.port(), authority.ca_file())->send(request_of(method), within(kPatience));
      for (const auto* got : {&hung, &broken}) {
        REQUIRE_FALSE(got->ok());
        CHECK(got->error().code == ErrorCode::kUpstreamDown);
        CHECK(bytes_sent_of(got->error()) == 0);
      }
    }
    CHECK(silent.connections() == 2);
    CHECK(rude.connections() == 6);
  }

  TEST_CASE("a body without a length counts only when TLS ends in order") {
    const TestAuthority authority;
    const ServerTls tls = authority.server(Leaf::kGood);
    const std::string answer = "HTTP/1.1 200 OK\r\n\r\n{\"id\":\"msg_1\"}";
    const FaultServer orderly(
        [&](FaultConnection& connection) {
          connection.read_request();
          connection.send(answer);
        },
        tls);
    const auto whole = OfficialTransport(orderly.port(), authority.ca_file())->send(post_request(), within(kPatience));
    REQUIRE(whole.ok());
    CHECK(whole->body == R"({"id":"msg_1"})");

    const FaultServer cut(
        [&](FaultConnection& connection) {
          connection.read_request();
          connection.send(answer);
          connection.cut();
        },
        tls);
    const OfficialTransport transport(cut.port(), authority.ca_file());
    const auto write = transport->send(post_request(), within(kPatience));
    REQUIRE_FALSE(write.ok());
    CHECK(write.error().code == ErrorCode::kOutcomeUnknown);
    CHECK(cut.requests() == 1);
    const auto read = transport->send(get_request(), within(kPatience));
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == ErrorCode::kUpstreamDown);
  }

  TEST_CASE("over TLS a broken connection leaves a write unknown, sent once") {
    const TestAuthority authority;
    const FaultServer server(
        [](FaultConnection& connection) {
          connection.read_request();
          connection.reset();
        },
        authority.server(Leaf::kGood));
    const auto got = OfficialTransport(server.port(), authority.ca_file())->send(post_request(), within(kPatience));
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == ErrorCode::kOutcomeUnknown);
    CHECK(bytes_sent_of(got.error()) > 0);
    CHECK(server.requests() == 1);
  }
}

}  // namespace
}  // namespace apmcp::http

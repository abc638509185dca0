#include "http/origin.h"

#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace apmcp::http {
namespace {

struct Accepted {
  std::string_view url;
  bool test_tls;
  std::string_view host;
  int port;
  bool tls;
  bool is_loopback;
};

constexpr Accepted kAccepted[] = {
    {"https://api.agentphone.to", false, "api.agentphone.to", 443, true, false},
    {"https://api.agentphone.to/", false, "api.agentphone.to", 443, true, false},
    {"https://api.agentphone.ai", false, "api.agentphone.ai", 443, true, false},
    {"HTTPS://API.AgentPhone.TO", false, "api.agentphone.to", 443, true, false},
    {"https://api.agentphone.to", true, "api.agentphone.to", 443, true, false},
    {"http://127.0.0.1:8080", false, "127.0.0.1", 8080, false, true},
    {"http://127.0.0.1:8080/", false, "127.0.0.1", 8080, false, true},
    {"http://127.0.0.1:1", false, "127.0.0.1", 1, false, true},
    {"http://127.0.0.1:65535", false, "127.0.0.1", 65535, false, true},
    {"http://[::1]:9000", false, "::1", 9000, false, true},
    {"http://localhost:9000", false, "localhost", 9000, false, true},
    {"http://LOCALHOST:9000", false, "localhost", 9000, false, true},
    {"https://127.0.0.1:8443", true, "127.0.0.1", 8443, true, true},
    {"https://[::1]:8443", true, "::1", 8443, true, true},
    {"https://localhost:8443/", true, "localhost", 8443, true, true},
    {"http://127.0.0.1:8080", true, "127.0.0.1", 8080, false, true},
};

constexpr std::string_view kRefused[] = {
    "",
    "api.agentphone.to",
    "//api.agentphone.to",
    "https:/api.agentphone.to",
    "https://",
    "http://api.agentphone.to",
    "http://api.agentphone.ai",
    "ftp://api.agentphone.to",
    "wss://api.agentphone.to",
    " https://api.agentphone.to",
    "https://api.agentphone.to ",
    "https://api.agentphone.to\n",
    "https://api.agentphone.to//",
    "https://api.agentphone.to/v1",
    "https://api.agentphone.to?x=1",
    "https://api.agentphone.to/?x=1",
    "https://api.agentphone.to#x",
    "https://api.agentphone.to\\@evil.example",
    "https://api.agentphone.to:443",
    "https://api.agentphone.to:8443",
    "https://api.agentphone.to:",
    "https://api.agentphone.to.",
    "https://api.agentphone.to.evil.example",
    "https://evil.example",
    "https://xapi.agentphone.to",
    "https://x.api.agentphone.to",
    "https://agentphone.to",
    "https://api.agentphone.app",
    "https://api.agentphone.to@evil.example",
    "https://user@api.agentphone.to",
    "https://user:pass@api.agentphone.to",
    "https://api%2eagentphone.to",
    "https://api.agentph\xd0\xbene.to",
    "http://127.0.0.1",
    "http://127.0.0.1:",
    "http://127.0.0.1:0",
    "http://127.0.0.1:080",
    "http://127.0.0.1:65536",
    "http://127.0.0.1:+80",
    "http://127.0.0.1:80a",
    "http://127.0.0.1:99999999999999999999",
    "http://127.0.0.1:80:90",
    "http://127.0.0.1:8080/api",
    "http://127.0.0.2:8080",
    "http://127.1:8080",
    "http://0x7f.0.0.1:8080",
    "http://2130706433:8080",
    "http://0.0.0.0:8080",
    "http://10.0.0.1:8080",
    "http://::1:8080",
    "http://[::1]",
    "http://[::1",
    "http://[::1]x:80",
    "http://[::ffff:127.0.0.1]:80",
    "http://localhost",
    "http://localhost.evil.example:80",
    "https://127.0.0.1:8443",
    "https://localhost:8443",
};

TEST_SUITE("unit") {
  TEST_CASE("a base URL that names AgentPhone or loopback exactly becomes an origin") {
    for (const Accepted& row : kAccepted) {
      CAPTURE(row.url);
      const auto origin = parse_origin(row.url, row.test_tls);
      REQUIRE(origin.ok());
      CHECK(origin->host == row.host);
      CHECK(origin->port == row.port);
      CHECK(origin->tls == row.tls);
      CHECK(origin->is_loopback == row.is_loopback);
    }
  }

  TEST_CASE("every other base URL is refused in one line that does not repeat it") {
    for (const std::string_view url : kRefused) {
      CAPTURE(url);
      const auto origin = parse_origin(url, false);
      REQUIRE_FALSE(origin.ok());
      CHECK(origin.error().code == ErrorCode::kPolicyDenied);
      CHECK(origin.error().message.find('\n') == std::string::npos);
      CHECK(origin.error().message.find("pass") == std::string::npos);
      CHECK(origin.error().message.find("evil") == std::string::npos);
    }
  }

  TEST_CASE("asking for test TLS opens https to loopback and nothing else") {
    CHECK_FALSE(parse_origin("https://evil.example", true).ok());
    CHECK_FALSE(parse_origin("https://10.0.0.1:8443", true).ok());
    CHECK_FALSE(parse_origin("https://127.0.0.1", true).ok());
    CHECK_FALSE(parse_origin("http://api.agentphone.to", true).ok());
  }

  TEST_CASE("a live key is refused for loopback and only there") {
    const Origin official;
    const Origin loopback{.tls = false, .host = "127.0.0.1", .port = 80, .is_loopback = true};
    CHECK(check_key_for_origin("sk_live_abcdefgh", official).ok());
    CHECK(check_key_for_origin("sk_test_abcdefgh", loopback).ok());
    CHECK(check_key_for_origin("", loopback).ok());
    const auto refused = check_key_for_origin("sk_live_abcdefgh", loopback);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::kPolicyDenied);
    CHECK(refused.error().message.find("abcdefgh") == std::string::npos);
    CHECK_FALSE(check_key_for_origin(" \"sk_live_abcdefgh", loopback).ok());
  }
}

}  // namespace
}  // namespace apmcp::http

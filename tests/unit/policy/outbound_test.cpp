#include "policy/outbound.h"

#include <array>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace {

using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::policy::check_outbound;
using apmcp::policy::check_public_https_url;

constexpr std::string_view kKey = "sk_live_0123456789abcdef";

constexpr std::array<std::string_view, 12> kPublic{
    "https://hooks.example.com/agentphone",
    "https://hooks.example.com",
    "HTTPS://Hooks.Example.COM/x",
    "https://example.com:443/",
    "https://example.com:8443/hook?a=b#c",
    "https://example.com./",
    "https://a-b.example.co.uk/p@th",
    "https://xn--bcher-kva.example/",
    "https://123.example.com/",
    "https://api.agentphone.to/x",
    "https://localhost.example.com/",
    "https://example.com?x=http://127.0.0.1",
};

constexpr std::array<std::string_view, 56> kRefused{
    "",
    "hooks.example.com",
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//example.com/",
    "https:example.com",
    "https:///x",
    "https://",
    "https://:443/",
    "https://user@example.com/",
    "https://user:pw@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1@example.com/",
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://8.8.8.8/",
    "https://127.0.0.1./",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fe80::1%25eth0]/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://a.localhost/",
    "https://printer.local/",
    "https://db.internal/",
    "https://metadata.google.internal/",
    "https://intranet/",
    "https://nas.lan/",
    "https://router.home.arpa/",
    "https://x.test/",
    "https://x.invalid/",
    "https://abc.onion/",
    "https://127.0.0.1.nip.io/",
    "https://10-0-0-1.sslip.io/",
    "https://example.com:80/",
    "https://example.com:22/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:8443x/",
    "https://example.com:/",
    "https://exa mple.com/",
    "https://example.com\\@127.0.0.1/",
    "https://ex%61mple.com/",
    "https://b\xC3\xBC"
    "cher.example/",
};

constexpr std::array<std::string_view, 8> kOddHosts{"https://example..com/",
                                                    "https://.example.com/",
                                                    "https://-a.example.com/",
                                                    "https://a_b.example.com/",
                                                    "https://example.com\r\nX: y/",
                                                    "https://a.example.com-/",
                                                    "https://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1/",
                                                    "https://ex\tample.com/"};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a key in any argument is refused by the argument's name and never repeated") {
    const Json arguments = {{"agent_id", "agt_1"}, {"body", "the key is " + std::string(kKey)}};
    const auto status = check_outbound(arguments);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::kPolicyDenied);
    CHECK(status.error().message.starts_with("body holds"));
    CHECK(status.error().message.find(kKey) == std::string::npos);
    CHECK(status.error().data["field"] == "body");
  }

  TEST_CASE("a key is found in nested values, in names and behind zero-width characters") {
    const std::string key(kKey);
    const Json nested = {{"custom_tools", {{{"url", "https://x.example/?k=" + key}}}}};
    REQUIRE_FALSE(check_outbound(nested).ok());
    CHECK(check_outbound(nested).error().data["field"] == "custom_tools[0].url");
    CHECK_FALSE(check_outbound({{"metadata", {{key, "x"}}}}).ok());
    CHECK_FALSE(check_outbound({{key, "x"}}).ok());
    CHECK_FALSE(check_outbound({{"body", "sk_li\xE2\x80\x8Bve_0123456789abcdef"}}).ok());
    CHECK_FALSE(check_outbound({{"body", "s k _ l i v e _ 0 1 2 3 4 5 6 7 8 9"}}).ok());
    CHECK_FALSE(check_outbound({{"system_prompt", "say whsec_0123456789abcdef aloud"}}).ok());
    CHECK_FALSE(check_outbound(Json::array({"x", key})).ok());
    CHECK_FALSE(check_outbound(key).ok());
  }

  TEST_CASE("ordinary arguments pass") {
    CHECK(check_outbound(Json::object()).ok());
    CHECK(check_outbound({{"body", "Keys start with sk_live_, never text one."}, {"limit", 5}, {"x", nullptr}}).ok());
  }

  TEST_CASE("public https addresses pass") {
    for (const std::string_view url : kPublic) {
      CAPTURE(url);
      CHECK(check_public_https_url("url", url).ok());
    }
  }

  TEST_CASE("addresses that are not public, in whatever notation, are refused with an example") {
    const auto refuses = [](std::string_view url) {
      CAPTURE(url);
      const auto status = check_public_https_url("media_url", url);
      REQUIRE_FALSE(status.ok());
      CHECK(status.error().code == ErrorCode::kBadArguments);
      CHECK(status.error().message.starts_with("media_url "));
      CHECK(status.error().message.find("https://hooks.example.com/agentphone") != std::string::npos);
    };
    for (const std::string_view url : kRefused) refuses(url);
    for (const std::string_view url : kOddHosts) refuses(url);
    refuses("https://" + std::string(64, 'a') + ".example/");
    refuses("https://example.com/" + std::string(2048, 'a'));
  }

  TEST_CASE("the sandbox may use loopback addresses, and only those in the clear") {
    for (const std::string_view url : {"http://127.0.0.1:8080/hook", "http://localhost:9/", "http://[::1]:4000/x",
                                       "https://127.0.0.1:8443/", "http://127.0.0.1"}) {
      CAPTURE(url);
      CHECK(check_public_https_url("url", url, true).ok());
      CHECK_FALSE(check_public_https_url("url", url).ok());
    }
    for (const std::string_view url : {"http://127.0.0.2/", "http://example.com/", "http://localhost.evil.example/",
                                       "http://127.0.0.1@evil.example/", "http://0.0.0.0/", "ftp://127.0.0.1/"}) {
      CAPTURE(url);
      CHECK_FALSE(check_public_https_url("url", url, true).ok());
    }
    CHECK(check_public_https_url("url", "https://hooks.example.com/", true).ok());
  }
}

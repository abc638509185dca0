#include <doctest/doctest.h>

#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

TEST_SUITE("unit") {
  TEST_CASE("the secret of a webhook is masked unless it is asked for, also in text") {
    for (const char* tool : {"get_webhook", "set_webhook"}) {
      CAPTURE(tool);
      test::PhoneFixture phone;
      Json arguments{{"url", "https://hooks.example.com/a"}};
      const auto masked = phone.call(tool, arguments);
      REQUIRE(masked.ok());
      CHECK((masked->structured.dump() + masked->text).find(test::kTestSecret) == std::string::npos);
      CHECK(masked->structured["webhook"]["secret"].get<std::string>().ends_with("...cdef"));
      arguments["reveal_secret"] = true;
      const auto shown = phone.call(tool, arguments);
      REQUIRE(shown.ok());
      CHECK(shown->structured["webhook"]["secret"] == test::kTestSecret);
      CHECK(shown->text.find(test::kTestSecret) != std::string::npos);
    }
  }

  TEST_CASE("no webhook is an answer, not an error") {
    test::PhoneFixture phone;
    phone.upstream.on("GET /v1/webhooks", "null").on("GET /v1/agents/agt_1/webhook", "null");
    CHECK(phone.ok("get_webhook", Json::object())["configured"] == false);
    const Json of_agent = phone.ok("get_webhook", {{"agent_id", "agt_1"}});
    CHECK(of_agent["next_step"].get<std::string>().find("account's") != std::string::npos);
  }

  TEST_CASE("setting warns that the old secret stopped, and is for the account or for one agent") {
    test::PhoneFixture phone;
    const Json answer = phone.ok(
        "set_webhook", {{"url", "https://hooks.example.com/a"}, {"context_limit", 0}, {"timeout_seconds", 60}});
    CHECK(answer["warning"].get<std::string>().find("secret") != std::string::npos);
    CHECK(answer["webhook"]["scope"] == "account");
    CHECK(phone.upstream.log() ==
          "POST /v1/webhooks {\"url\":\"https://hooks.example.com/a\",\"contextLimit\":0,\"timeout\":60}\n");
    CHECK(phone.ok("set_webhook",
                   {{"url", "https://hooks.example.com/a"}, {"agent_id", "agt_1"}})["webhook"]["scope"] == "agent");
    CHECK(phone.upstream.lines().back() == "POST /v1/agents/agt_1/webhook");
  }

  TEST_CASE("a URL that is not public https is refused before any traffic; loopback only where services allow it") {
    test::PhoneFixture phone;
    for (const char* url : {"http://example.com/a", "https://user:pw@example.com/", "https://192.168.1.1/",
                            "https://localhost/", "http://127.0.0.1:8080/hook", "nonsense"}) {
      CAPTURE(url);
      CHECK_FALSE(phone.call("set_webhook", {{"url", url}}).ok());
    }
    CHECK(phone.upstream.lines().empty());
    phone.services.allow_loopback_urls = true;
    CHECK(phone.call("set_webhook", {{"url", "http://127.0.0.1:8080/hook"}}).ok());
    CHECK_FALSE(phone.call("set_webhook", {{"url", "http://example.com/a"}}).ok());
  }

  TEST_CASE("test_webhook reports how the endpoint answered") {
    test::PhoneFixture phone;
    const Json good = phone.ok("test_webhook", Json::object());
    CHECK(good["success"] == true);
    CHECK(good["answer"]["http_status"] == 200);
    phone.upstream.on("POST /v1/webhooks/test", R"({"success":false,"httpStatus":500,"errorMessage":"boom"})");
    const Json bad = phone.ok("test_webhook", {{"agent_id", "agt_1"}});
    CHECK(bad["success"] == false);
    CHECK(bad["answer"]["error"] == "boom");
    CHECK(bad["next_step"].get<std::string>().find("get_webhook") != std::string::npos);
    CHECK(phone.upstream.lines().back() == "POST /v1/webhooks/test?agentId=agt_1");
  }
}

}  // namespace
}  // namespace apmcp

#include <algorithm>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

std::string agent_row(const std::string& id, const std::string& mode, bool with_number) {
  return R"({"id":")" + id + R"(","name":"A","description":null,"voiceMode":")" + mode +
         R"(","voice":"v","createdAt":"2026-01-01T00:00:00Z","numbers":[)" +
         (with_number ? R"({"id":"num_1","phoneNumber":"+14155550100","status":"active"})" : "") + "]}";
}

TEST_SUITE("unit") {
  TEST_CASE("account_overview shows plan, quota, activity, agents with numbers and the webhook") {
    test::PhoneFixture phone;
    const Json answer = phone.ok("account_overview", Json::object());
    CHECK(answer["plan"] == "payg");
    CHECK(answer["numbers_quota"] == Json{{"used", 1}, {"limit", 10}, {"remaining", 9}});
    CHECK(answer["activity"]["calls"]["last_24h"] == 5);
    CHECK(answer["agents"][0]["numbers"][0]["phone_number"] == "+14155550100");
    CHECK(answer["webhook"]["configured"] == true);
    CHECK(answer["warnings"].empty());
    CHECK(answer["problems"].empty());
    CHECK(phone.upstream.lines().size() == 4);
  }

  TEST_CASE("one part that fails is named in problems and does not lose the others") {
    const std::vector<std::pair<std::string, std::string>> parts{{"GET /v1/usage", "usage"},
                                                                 {"GET /v1/agents", "agents"},
                                                                 {"GET /v1/numbers", "numbers"},
                                                                 {"GET /v1/webhooks", "account webhook"}};
    for (const auto& [route, part] : parts) {
      CAPTURE(part);
      test::PhoneFixture phone;
      phone.upstream.on(route, R"({"detail":"boom"})", 503);
      const Json answer = phone.ok("account_overview", Json::object());
      REQUIRE(answer["problems"].size() == 1);
      CHECK(answer["problems"][0].get<std::string>().find(part) == 0);
      CHECK(answer.contains("plan") == (part != "usage"));
      CHECK(answer.contains("agents") == (part != "agents"));
      CHECK(answer.contains("unassigned_numbers") == (part != "numbers"));
      CHECK(answer.contains("webhook") == (part != "account webhook"));
    }
  }

  TEST_CASE("account_overview reads on its own thread and on those of the shared pool, and on no others") {
    for (const std::size_t places : {std::size_t{0}, std::size_t{2}}) {
      CAPTURE(places);
      test::PhoneFixture phone;
      std::string agents;
      for (int i = 0; i < 8; ++i) {
        agents += (i == 0 ? "" : ",") + agent_row("agt_" + std::to_string(i), "webhook", true);
        phone.upstream.on("GET /v1/agents/agt_" + std::to_string(i) + "/webhook", "null");
      }
      phone.upstream.on("GET /v1/webhooks", "null").on("GET /v1/agents", R"({"data":[)" + agents + R"(],"total":8})");
      std::mutex mutex;
      std::set<std::thread::id> threads;
      phone.upstream.when_asked = [&](const std::string& /*line*/) {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      };
      Executor pool(std::max<std::size_t>(places, 1), 16);
      if (places > 0) phone.services.executor = &pool;
      CHECK(phone.ok("account_overview", Json::object())["warnings"].size() == 8);
      CHECK(phone.upstream.lines().size() == 12);
      const std::lock_guard lock(mutex);
      threads.erase(std::this_thread::get_id());
      CHECK(threads.size() <= places);
    }
  }

  TEST_CASE("when nothing can be read it is an error, not an empty account") {
    test::PhoneFixture phone;
    for (const char* route : {"GET /v1/usage", "GET /v1/agents", "GET /v1/numbers", "GET /v1/webhooks"}) {
      phone.upstream.on(route, "{}", 503);
    }
    CHECK(phone.failure("account_overview", Json::object()).code == ErrorCode::kUpstreamDown);
  }

  TEST_CASE("a refused key is said once, not as four problems") {
    test::PhoneFixture phone;
    phone.upstream.on("GET /v1/usage", R"({"detail":"bad key"})", 401);
    CHECK(phone.failure("account_overview", Json::object()).code == ErrorCode::kUnauthorized);
  }

  TEST_CASE("an agent in webhook mode with a number and no webhook anywhere is warned about") {
    test::PhoneFixture phone;
    phone.upstream.on("GET /v1/webhooks", "null");
    phone.upstream.on("GET /v1/agents", R"({"data":[)" + agent_row("agt_bare", "webhook", true) + "," +
                                            agent_row("agt_own", "webhook", true) + "," +
                                            agent_row("agt_idle", "webhook", false) + "," +
                                            agent_row("agt_hosted", "hosted", true) + R"(],"total":4})");
    phone.upstream.on("GET /v1/agents/agt_bare/webhook", "null");
    phone.upstream.on("GET /v1/agents/agt_own/webhook",
                      R"({"id":"wh_2","url":"https://e.example.com","secret":"whsec_x","status":"active",
                          "contextLimit":10,"timeout":30,"createdAt":"2026-01-01T00:00:00Z"})");
    const Json answer = phone.ok("account_overview", Json::object());
    REQUIRE(answer["warnings"].size() == 1);
    CHECK(answer["warnings"][0].get<std::string>().find("agt_bare") != std::string::npos);
    CHECK(answer["webhook"]["configured"] == false);
    CHECK(phone.upstream.lines().size() == 6);  // the idle and the hosted agent are not looked up
  }

  TEST_CASE("an account webhook covers every agent, and the look-ups are bounded") {
    test::PhoneFixture phone;
    std::string rows;
    for (int i = 0; i < 20; ++i) rows += (i > 0 ? "," : "") + agent_row("agt_" + std::to_string(i), "webhook", true);
    phone.upstream.on("GET /v1/agents", R"({"data":[)" + rows + R"(],"total":20})");
    CHECK(phone.ok("account_overview", Json::object())["warnings"].empty());
    CHECK(phone.upstream.lines().size() == 4);
    phone.upstream.on("GET /v1/webhooks", "null");
    for (int i = 0; i < 20; ++i) phone.upstream.on("GET /v1/agents/agt_" + std::to_string(i) + "/webhook", "null");
    const Json answer = phone.ok("account_overview", Json::object());
    CHECK(answer["warnings"].size() == 9);  // eight agents, and that twelve were not checked
    CHECK(answer["warnings"].back().get<std::string>().find("12 more") == 0);
    CHECK(phone.upstream.lines().size() == 4 + 4 + 8);
  }
}

}  // namespace
}  // namespace apmcp

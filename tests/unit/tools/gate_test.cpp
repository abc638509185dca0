#include <doctest/doctest.h>

#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

struct Gated {
  const char* tool;
  Json arguments;
};

std::vector<Gated> gated_tools() {
  return {{"buy_number", {{"country", "US"}, {"area_code", "415"}}},
          {"release_number", {{"number_id", "num_1"}}},
          {"delete_agent", {{"agent_id", "agt_1"}}}};
}

/// Everything that is not JSON true but that somebody may take for a yes.
std::vector<Json> no_confirmations() {
  std::vector<Json> values{nullptr, false, 1, 0, -1, 1.0, 2, 1e300, Json::array(), Json::object()};
  for (const char* text :
       {"true",  "True",    "TRUE",      " true",  "true ",     "yes",  "y", "ok",       "1",      "on",  "",
        "false", "confirm", "confirmed", "agreed", "I confirm", "null", "t", "\"true\"", "true\n", "wahr"}) {
    values.emplace_back(text);
  }
  values.push_back(Json::array({true}));
  values.push_back(Json::array({"true"}));
  values.push_back(Json::array({Json::array({true})}));
  values.push_back({{"confirm", true}});
  values.push_back({{"value", true}});
  values.push_back({{"true", true}});
  values.push_back(Json::array({true, true}));
  values.emplace_back("\xE2\x80\x8Btrue");
  return values;
}

TEST_SUITE("unit") {
  TEST_CASE("nothing but JSON true confirms, and without it nothing changes upstream") {
    CHECK(no_confirmations().size() >= 39);  // and the missing one below
    for (const auto& gated : gated_tools()) {
      CAPTURE(gated.tool);
      test::PhoneFixture phone;
      std::vector<Json> attempts{gated.arguments};
      for (const Json& value : no_confirmations()) {
        attempts.push_back(gated.arguments);
        attempts.back()["confirm"] = value;
      }
      for (const Json& arguments : attempts) {
        CAPTURE(arguments.dump());
        const Error refused = phone.failure(gated.tool, arguments);
        CHECK(refused.code == ErrorCode::kNeedsConfirmation);
        CHECK(refused.data.contains("preview"));
        CHECK(refused.next_step.find(gated.tool) != std::string::npos);
      }
      CHECK(phone.upstream.writes() == 0);
    }
  }

  TEST_CASE("a key called confirm in another spelling does not confirm") {
    test::PhoneFixture phone;
    for (const char* key : {"Confirm", "CONFIRM", "confirmed", "confirm ", "conf\xC4\xB1rm"}) {
      CHECK(phone.failure("release_number", {{"number_id", "num_1"}, {key, true}}).code ==
            ErrorCode::kNeedsConfirmation);
    }
    CHECK(phone.upstream.writes() == 0);
  }

  TEST_CASE("JSON true acts, once") {
    for (auto gated : gated_tools()) {
      CAPTURE(gated.tool);
      test::PhoneFixture phone;
      gated.arguments["confirm"] = true;
      phone.ok(gated.tool, gated.arguments);
      CHECK(phone.upstream.writes() == 1);
    }
  }

  TEST_CASE("releasing names the number, its agent, and that it never comes back and is not refunded") {
    test::PhoneFixture phone;
    const Error preview = phone.failure("release_number", {{"number_id", "num_1"}});
    for (const char* part : {"+14155550100", "num_1", "Caller", "agt_1", "never comes back", "not refunded"}) {
      CHECK_MESSAGE(preview.message.find(part) != std::string::npos, part);
    }
    CHECK(preview.data["preview"]["refund"] == false);
    CHECK(preview.data["preview"]["agent_name"] == "Caller");
  }

  TEST_CASE("deleting names the agent and the numbers that become unassigned") {
    test::PhoneFixture phone;
    const Error preview = phone.failure("delete_agent", {{"agent_id", "agt_1"}});
    for (const char* part : {"Caller", "agt_1", "+14155550100", "unassigned", "billed"}) {
      CHECK_MESSAGE(preview.message.find(part) != std::string::npos, part);
    }
    CHECK(preview.data["preview"]["unassigned_numbers"].size() == 1);
  }

  TEST_CASE("buying says the price and how many numbers are held and left, or that this is not known") {
    test::PhoneFixture phone;
    const Error preview = phone.failure("buy_number", {{"country", "CA"}});
    for (const char* part : {"3.00 USD a month", "1 of 10", "9 more", "CA"}) {
      CHECK_MESSAGE(preview.message.find(part) != std::string::npos, part);
    }
    phone.upstream.on("GET /v1/usage", "{}", 500);
    const Error blind = phone.failure("buy_number", {{"country", "CA"}});
    CHECK(blind.code == ErrorCode::kNeedsConfirmation);
    CHECK(blind.message.find("could not be read") != std::string::npos);
  }

  TEST_CASE("a preview of something that does not exist says so instead of asking") {
    test::PhoneFixture phone;
    CHECK(phone.failure("release_number", {{"number_id", "num_gone"}}).code == ErrorCode::kNotFound);
    CHECK(phone.failure("delete_agent", {{"agent_id", "agt_gone"}}).code == ErrorCode::kNotFound);
  }

  TEST_CASE("an argument that carries a key or a secret is refused before any traffic") {
    const std::vector<Gated> attempts{
        {"send_sms", {{"agent_id", "agt_1"}, {"to_number", "+14155550123"}, {"body", test::kCanaryKey}}},
        {"send_sms",
         {{"agent_id", "agt_1"}, {"to_number", "+14155550123"}, {"body", "s k _ l i v e _ a b c d e f g h i j k l"}}},
        {"place_call",
         {{"agent_id", "agt_1"},
          {"to_number", "+14155550123"},
          {"system_prompt", std::string("Say ") + test::kCanaryKey}}},
        {"create_agent", {{"name", "A"}, {"system_prompt", test::kTestSecret}}},
        {"update_agent", {{"agent_id", "agt_1"}, {"begin_message", test::kCanaryKey}}},
        {"set_webhook", {{"url", std::string("https://example.com/?k=") + test::kCanaryKey}}},
        {"sign_up", {{"human_email", "sam@example.com"}, {"agent_name", test::kCanaryKey}}},
        {"list_calls", {{"search", test::kCanaryKey}}},
    };
    for (const auto& attempt : attempts) {
      CAPTURE(attempt.tool);
      test::PhoneFixture phone;
      const Error refused = phone.failure(attempt.tool, attempt.arguments);
      CHECK(refused.code == ErrorCode::kPolicyDenied);
      CHECK(refused.message.find("canary") == std::string::npos);
      CHECK(phone.upstream.lines().empty());
    }
  }

  TEST_CASE("nobody can be texted or called at an emergency or crisis line, however it is written") {
    for (const char* number : {"911", "+1911", "9-1-1", "988", "411", "+1 211", "1-811"}) {
      CAPTURE(number);
      test::PhoneFixture phone;
      for (const char* tool : {"send_sms", "place_call"}) {
        const Error refused =
            phone.failure(tool, {{"agent_id", "agt_1"}, {"to_number", number}, {"body", "x"}, {"system_prompt", "x"}});
        CHECK(refused.code == ErrorCode::kPolicyDenied);
        CHECK_FALSE(refused.next_step.empty());
      }
      CHECK(phone.failure("update_agent", {{"agent_id", "agt_1"}, {"transfer_number", number}}).code ==
            ErrorCode::kPolicyDenied);
      CHECK(phone.upstream.lines().empty());
    }
  }

  TEST_CASE("without a key every tool that needs one says how to get one") {
    test::PhoneFixture phone;
    phone.credentials.set(Secret(), agentphone::KeySource::kNone);
    for (const char* tool :
         {"account_overview", "list_agents", "list_voices", "list_numbers", "list_calls", "get_webhook"}) {
      CAPTURE(tool);
      const Error refused = phone.failure(tool, Json::object());
      CHECK(refused.code == ErrorCode::kUnauthorized);
      CHECK(refused.next_step.find("sign_up") != std::string::npos);
    }
    CHECK(phone.upstream.lines().empty());
  }
}

}  // namespace
}  // namespace apmcp

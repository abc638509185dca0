#include <doctest/doctest.h>

#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

const Json kSam{{"human_email", "sam@example.com"}};
const Json kCode{{"verification_id", "ver_1"}, {"otp_code", "123456"}};

TEST_SUITE("unit") {
  TEST_CASE("a key that the caller brought is used for that call alone, and opens no accounts") {
    test::PhoneFixture phone;
    Metrics metrics;
    phone.services.metrics = &metrics;
    phone.context.caller_key = std::make_shared<const Secret>("sk_test_callers");
    phone.ok("list_agents", Json::object());
    CHECK(phone.upstream.last_key() == "sk_test_callers");
    const std::size_t before = phone.upstream.lines().size();
    CHECK(phone.failure("sign_up", kSam).code == ErrorCode::kPolicyDenied);
    CHECK(phone.failure("verify", kCode).code == ErrorCode::kPolicyDenied);
    CHECK(phone.upstream.lines().size() == before);
    phone.context.caller_key = nullptr;
    phone.ok("list_agents", Json::object());
    CHECK(phone.upstream.last_key() == test::kCanaryKey);
    const std::string numbers = metrics.render({});
    for (const char* line : {"agentphone_mcp_tool_calls_total{tool=\"list_agents\",outcome=\"done\"} 2\n",
                             "agentphone_mcp_tool_calls_total{tool=\"verify\",outcome=\"policy_denied\"} 1\n"}) {
      CHECK_MESSAGE(numbers.find(line) != std::string::npos, line);
    }
  }

  TEST_CASE("sign_up mails a code and says to ask the person for it") {
    test::PhoneFixture phone;
    phone.credentials.set(Secret(), agentphone::KeySource::kNone);
    const Json answer = phone.ok("sign_up", kSam);
    CHECK(answer["verification_id"] == "ver_1");
    CHECK(answer["next_step"].get<std::string>().find("verify") != std::string::npos);
    CHECK(phone.upstream.lines() == std::vector<std::string>{"POST /v0/agent/sign-up"});
  }

  TEST_CASE("a mailbox that has an account gets the way over the dashboard, not another try") {
    test::PhoneFixture phone;
    phone.upstream.on("POST /v0/agent/sign-up", R"({"detail":"exists"})", 409);
    const Error error = phone.failure("sign_up", kSam);
    CHECK(error.code == ErrorCode::kConflict);
    for (const char* part : {"agentphone.to/dashboard", "API Keys", "Do not try another mailbox"}) {
      CHECK_MESSAGE(error.next_step.find(part) != std::string::npos, part);
    }
  }

  TEST_CASE("verify answers with the ids and where the key is, and the key is used at once but never shown") {
    test::PhoneFixture phone;
    phone.credentials.set(Secret(), agentphone::KeySource::kNone);
    const auto result = phone.call("verify", kCode);
    REQUIRE(result.ok());
    const Json& answer = result->structured;
    CHECK(answer["account_id"] == "acct_1");
    CHECK(answer["agent_id"] == "agt_1");
    CHECK(answer["number_id"] == "num_1");
    CHECK(answer["phone_number"] == "+14155550100");
    CHECK_FALSE(answer["key_stored_in"].get<std::string>().empty());
    CHECK((answer.dump() + result->text).find("canary") == std::string::npos);
    CHECK(phone.credentials.key().reveal() == test::kCanaryKey);
  }

  TEST_CASE("a wrong code is an error that says what to do, and stores nothing") {
    test::PhoneFixture phone;
    phone.credentials.set(Secret(), agentphone::KeySource::kNone);
    phone.upstream.on("POST /v0/agent/verify", R"({"detail":"Invalid code"})", 400);
    const Error error = phone.failure("verify", kCode);
    CHECK_FALSE(error.next_step.empty());
    CHECK_FALSE(phone.credentials.has_key());
  }
}

}  // namespace
}  // namespace apmcp

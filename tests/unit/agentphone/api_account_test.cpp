#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "api_fixture.h"
#include "support/temporary_directory.h"

namespace {

using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::test::ApiFixture;
using apmcp::test::kTestKey;

constexpr std::string_view kAgent = R"({"id": "agt_1", "name": "Caller", "description": null, "voiceMode": "hosted",
  "modelTier": "balanced", "systemPrompt": "Be brief.", "beginMessage": null, "voice": "v1", "transferNumber": null,
  "language": "en-US", "createdAt": "2026-04-19T17:00:00Z", "unknown": {"a": [1]},
  "numbers": [{"id": "num_1", "phoneNumber": "+14155551234", "status": "active", "type": "sms"}]})";

constexpr std::string_view kVerified = R"({"account_id": "acct_1", "agent_id": "agt_1", "number_id": "num_1",
  "phone_number": "+14155551234", "api_key": "sk_live_fresh0123456789"})";

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("sign_up sends snake_case without a key and reads the verification") {
    ApiFixture f;
    f.service.answer(200,
                     R"({"verification_id": "ver_1", "human_email": "a@b.co", "expires_at": "t", "message": "m"})");
    const auto result = f.api.sign_up({.human_email = "a@b.co", .agent_name = "me"}, f.options);
    REQUIRE(result.ok());
    CHECK(result->verification_id == "ver_1");
    CHECK(f.service.last().line() == "POST /v0/agent/sign-up");
    CHECK(f.service.last().bearer.empty());
    CHECK(f.body() == Json{{"human_email", "a@b.co"}, {"agent_name", "me"}});
  }

  TEST_CASE("sign_up for a known mailbox explains the dashboard and forbids another mailbox") {
    ApiFixture f;
    f.service.answer(409, R"({"detail": "Account already exists"})");
    const auto result = f.api.sign_up({.human_email = "a@b.co"}, f.options);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::kConflict);
    CHECK(result.error().next_step.find("agentphone.to/dashboard") != std::string::npos);
    CHECK(result.error().next_step.find("Do not try another mailbox") != std::string::npos);
    CHECK(f.body() == Json{{"human_email", "a@b.co"}});
  }

  TEST_CASE("verify stores the key with 0600 and uses it at once, but does not give it back") {
    const apmcp::test::TemporaryDirectory home;
    const auto path = home.path() / "agentphone" / "credentials";
    apmcp::test::ScriptedTransport service;
    apmcp::agentphone::Credentials credentials(path);
    apmcp::agentphone::AgentPhoneApi api(service, credentials);
    service.answer(200, std::string(kVerified)).answer(200, "{}");

    const auto result = api.verify({.verification_id = "ver_1", .otp_code = "123456"}, {});
    REQUIRE(result.ok());
    CHECK(service.last().line() == "POST /v0/agent/verify");
    CHECK(service.last().bearer.empty());
    CHECK(service.last().body == R"({"verification_id":"ver_1","otp_code":"123456"})");
    CHECK(result->phone_number == "+14155551234");
    CHECK(result->key_location == path.string());
    CHECK(result->key_warning.empty());
    CHECK(std::filesystem::exists(path));

    REQUIRE(api.usage({}).ok());
    CHECK(service.last().bearer == "sk_live_fresh0123456789");
  }

  TEST_CASE("verify still works with a key that could not be stored, and says that it will be lost") {
    apmcp::test::ScriptedTransport service;
    apmcp::agentphone::Credentials credentials("relative/credentials");
    apmcp::agentphone::AgentPhoneApi api(service, credentials);
    service.answer(200, std::string(kVerified));
    const auto result = api.verify({.verification_id = "ver_1", .otp_code = "123456"}, {});
    REQUIRE(result.ok());
    CHECK(credentials.has_key());
    CHECK(result->key_location == "memory of this process");
    CHECK(result->key_warning.find("lost") != std::string::npos);
    CHECK(result->key_warning.find("sk_live_") == std::string::npos);
  }

  TEST_CASE("a verification without a usable key is an invalid answer and leaves no key") {
    for (const std::string_view body :
         {R"({"account_id": "a"})", R"({"account_id": "a", "api_key": null})", R"({"account_id": "a", "api_key": ""})",
          R"({"account_id": "a", "api_key": "sk_live_a\r\nX: y"})", "[]", ""}) {
      CAPTURE(body);
      apmcp::test::ScriptedTransport service;
      apmcp::agentphone::Credentials credentials("");
      apmcp::agentphone::AgentPhoneApi api(service, credentials);
      service.answer(200, std::string(body));
      const auto result = api.verify({.verification_id = "ver_1", .otp_code = "123456"}, {});
      REQUIRE_FALSE(result.ok());
      CHECK(result.error().code == ErrorCode::kInvalidUpstream);
      CHECK(result.error().next_step.find("agentphone.to/dashboard") != std::string::npos);
      CHECK_FALSE(credentials.has_key());
    }
  }

  TEST_CASE("a wrong code tells to ask again") {
    ApiFixture f;
    f.service.answer(400, R"({"detail": "Invalid code"})");
    const auto result = f.api.verify({.verification_id = "ver_1", .otp_code = "000000"}, f.options);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message.find("Invalid code") != std::string::npos);
    CHECK(result.error().next_step.find("six digits") != std::string::npos);
  }

  TEST_CASE("without a key every other operation stops before any traffic and says how to get one") {
    ApiFixture f;
    f.credentials.set(apmcp::Secret(), apmcp::agentphone::KeySource::kNone);
    const auto result = f.api.usage(f.options);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::kUnauthorized);
    CHECK(result.error().next_step.find("sign_up") != std::string::npos);
    CHECK(result.error().next_step.find("dashboard") != std::string::npos);
    CHECK(f.api.send_message({.agent_id = "agt_1"}, f.options).error().code == ErrorCode::kUnauthorized);
    CHECK(f.service.count() == 0);
  }

  TEST_CASE("usage reads every generation of the answer") {
    ApiFixture f;
    f.service
        .answer(200, R"({"plan": {"name": "payg"}, "numbers": {"used": 1, "limit": 10, "remaining": 9},
                         "stats": {"totalMessages": 7, "callsLast7d": 2, "failedWebhookDeliveries": 3}})")
        .answer(200, R"({"numbers": {"used": 4, "limit": 10}, "stats": null})")
        .answer(200, R"({"plan": "payg"})");
    const auto seed = f.api.usage(f.options);
    REQUIRE(seed.ok());
    CHECK(f.service.last().line() == "GET /v1/usage");
    CHECK(f.service.last().bearer == kTestKey);
    CHECK(seed->plan == "payg");
    CHECK(seed->numbers_remaining == 9);
    CHECK(seed->total_messages == 7);
    CHECK(seed->calls_last_7d == 2);
    CHECK(seed->webhook_deliveries_failed == 3);
    const auto newest = f.api.usage(f.options);
    REQUIRE(newest.ok());
    CHECK(newest->plan.empty());
    CHECK(newest->numbers_remaining == 6);
    CHECK(f.api.usage(f.options)->plan == "payg");
  }

  TEST_CASE("list_agents pages by offset and tells from the total whether more follow") {
    ApiFixture f;
    const std::string row(kAgent);
    f.service.answer(200, R"({"data": [)" + row + R"(], "total": 3})").answer(200, R"({"data": [], "hasMore": false})");
    const auto page = f.api.list_agents({.limit = 1, .offset = 1}, f.options);
    REQUIRE(page.ok());
    CHECK(f.service.last().line() == "GET /v1/agents?limit=1&offset=1");
    CHECK(page->has_more);
    CHECK(page->total == 3);
    REQUIRE(page->data.size() == 1);
    CHECK(page->data[0].numbers.at(0).phone_number == "+14155551234");
    CHECK_FALSE(page->data[0].description);
    REQUIRE(f.api.list_agents({}, f.options).ok());
    CHECK(f.service.last().line() == "GET /v1/agents");
  }

  TEST_CASE("a list with a row that cannot be read names the row") {
    ApiFixture f;
    f.service.answer(200, R"({"data": [{"id": "agt_1"}, {"id": 5}], "total": 2})").answer(200, R"({"total": 0})");
    const auto page = f.api.list_agents({}, f.options);
    REQUIRE_FALSE(page.ok());
    CHECK(page.error().code == ErrorCode::kInvalidUpstream);
    CHECK(page.error().message.find("data[1]") != std::string::npos);
    CHECK(f.api.list_agents({}, f.options).error().code == ErrorCode::kInvalidUpstream);
  }

  TEST_CASE("get_agent reads one, and an unknown one points to list_agents") {
    ApiFixture f;
    f.service.answer(200, std::string(kAgent)).answer(404, R"({"detail": "Agent not found"})");
    const auto agent = f.api.get_agent("agt_1", f.options);
    REQUIRE(agent.ok());
    CHECK(f.service.last().line() == "GET /v1/agents/agt_1");
    CHECK(agent->system_prompt == "Be brief.");
    const auto unknown = f.api.get_agent("agt_2", f.options);
    CHECK(unknown.error().code == ErrorCode::kNotFound);
    CHECK(unknown.error().next_step.find("list_agents") != std::string::npos);
  }

  TEST_CASE("create_agent and update_agent send camelCase and only what was given") {
    ApiFixture f;
    f.service.answer(200, std::string(kAgent)).answer(200, std::string(kAgent));
    REQUIRE(f.api
                .create_agent({.name = "Caller",
                               .voice_mode = "hosted",
                               .system_prompt = "Be brief.",
                               .begin_message = "Hi",
                               .voice = "v1",
                               .model_tier = "max",
                               .transfer_number = "+14155550199",
                               .voicemail_message = "Bye"},
                              f.options)
                .ok());
    CHECK(f.service.last().line() == "POST /v1/agents");
    CHECK(f.body() == Json{{"name", "Caller"},
                           {"voiceMode", "hosted"},
                           {"systemPrompt", "Be brief."},
                           {"beginMessage", "Hi"},
                           {"voice", "v1"},
                           {"modelTier", "max"},
                           {"transferNumber", "+14155550199"},
                           {"voicemailMessage", "Bye"}});
    REQUIRE(f.api.update_agent("agt_1", {.transfer_number = ""}, f.options).ok());
    CHECK(f.service.last().line() == "PATCH /v1/agents/agt_1");
    CHECK(f.body() == Json{{"transferNumber", ""}});
  }

  TEST_CASE("update_agent without a change is refused before any traffic") {
    ApiFixture f;
    CHECK(f.api.update_agent("agt_1", {}, f.options).error().code == ErrorCode::kBadArguments);
    CHECK(f.service.count() == 0);
  }

  TEST_CASE("an invalid field comes back under the name of our argument") {
    ApiFixture f;
    f.service.answer(422,
                     R"({"detail": [{"loc": ["body", "systemPrompt"], "msg": "Field required", "type": "missing"}]})");
    const auto result = f.api.create_agent({.name = "x"}, f.options);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::kInvalidUpstream);
    CHECK(result.error().message.find("system_prompt: Field required") != std::string::npos);
    CHECK(result.error().data["field"] == "system_prompt");
  }

  TEST_CASE("delete_agent echoes what is gone, also when the answer is empty, and believes a success of false") {
    ApiFixture f;
    f.service.answer(200, R"({"success": true, "id": "agt_1", "name": "Caller"})")
        .answer(200)
        .answer(200, R"({"success": false})");
    const auto deleted = f.api.delete_agent("agt_1", f.options);
    REQUIRE(deleted.ok());
    CHECK(f.service.last().line() == "DELETE /v1/agents/agt_1");
    CHECK(deleted->name == "Caller");
    CHECK(f.api.delete_agent("agt_1", f.options)->id == "agt_1");
    CHECK(f.api.delete_agent("agt_1", f.options).error().code == ErrorCode::kConflict);
  }

  TEST_CASE("attach_number and detach_number put the ids where they belong") {
    ApiFixture f;
    f.service.answer(200, R"({"agentId": "agt_1", "number": {"id": "num_1", "phoneNumber": "+1", "status": "active"}})")
        .answer(200, R"({"success": true})")
        .answer(404, R"({"detail": "no such number"})");
    const auto attached = f.api.attach_number("agt_1", "num_1", f.options);
    REQUIRE(attached.ok());
    CHECK(f.service.last().line() == "POST /v1/agents/agt_1/numbers");
    CHECK(f.body() == Json{{"numberId", "num_1"}});
    CHECK(attached->number.status == "active");
    REQUIRE(f.api.detach_number("agt_1", "num_1", f.options).ok());
    CHECK(f.service.last().line() == "DELETE /v1/agents/agt_1/numbers/num_1");
    CHECK(f.service.last().body.empty());
    CHECK(f.api.detach_number("agt_1", "num_9", f.options).error().next_step.find("list_numbers") != std::string::npos);
  }

  TEST_CASE("list_voices takes rows with nulls") {
    ApiFixture f;
    f.service
        .answer(200, R"({"data": [{"voice_id": "v1", "voice_name": "Marissa", "provider": "elevenlabs",
                                   "gender": null, "accent": null, "preview_audio_url": null}]})")
        .answer(503, "");
    const auto voices = f.api.list_voices(f.options);
    REQUIRE(voices.ok());
    CHECK(f.service.last().line() == "GET /v1/agents/voices");
    CHECK(voices->at(0).voice_name == "Marissa");
    CHECK_FALSE(voices->at(0).gender);
    CHECK(f.api.list_voices(f.options).error().code == ErrorCode::kUpstreamDown);
  }
}

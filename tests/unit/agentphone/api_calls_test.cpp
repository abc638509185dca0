#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "api_fixture.h"

namespace {

using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::agentphone::Call;
using apmcp::test::ApiFixture;

std::string call_row(int id, std::string_view status, std::string_view from, std::string_view to) {
  return R"({"id": "call_)" + std::to_string(id) + R"(", "agentId": "agt_1", "phoneNumber": "+14155551234",
    "fromNumber": ")" +
         std::string(from) + R"(", "toNumber": ")" + std::string(to) + R"(", "status": ")" + std::string(status) +
         R"(", "startedAt": "t", "endedAt": null, "durationSeconds": null})";
}

/// `count` outgoing calls numbered from `first`; every tenth one failed.
std::string page_of_calls(int first, int count, bool has_more) {
  std::string rows;
  for (int i = first; i < first + count; ++i) {
    if (!rows.empty()) rows += ',';
    rows += call_row(i, i % 10 == 0 ? "failed" : "completed", "+14155551234", "+14155559999");
  }
  return R"({"data": [)" + rows + R"(], "hasMore": )" + (has_more ? "true" : "false") + "}";
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("place_call is camelCase, with the autonomous members only when they are given") {
    ApiFixture f;
    const std::string answer = R"({"id": "call_1", "agentId": "agt_1", "phoneNumberId": "num_1",
      "fromNumber": "+14155551234", "toNumber": "+14155559999", "direction": "outbound", "status": "in-progress",
      "startedAt": "2026-04-19T17:20:11Z"})";
    f.service.answer(200, answer).answer(200, answer).answer(402, R"({"detail": "No payment method"})");
    const auto call = f.api.place_call({.agent_id = "agt_1",
                                        .to_number = "+14155559999",
                                        .system_prompt = "Book.",
                                        .initial_greeting = "",
                                        .from_number_id = "num_1",
                                        .voice = "v1"},
                                       f.options);
    REQUIRE(call.ok());
    CHECK(f.service.last().line() == "POST /v1/calls");
    CHECK(f.body() == Json{{"agentId", "agt_1"},
                           {"toNumber", "+14155559999"},
                           {"systemPrompt", "Book."},
                           {"initialGreeting", ""},
                           {"fromNumberId", "num_1"},
                           {"voice", "v1"}});
    CHECK(call->phone_number_id == "num_1");
    CHECK_FALSE(call->is_over());
    REQUIRE(f.api.place_call({.agent_id = "agt_1", .to_number = "+14155559999"}, f.options).ok());
    CHECK(f.body() == Json{{"agentId", "agt_1"}, {"toNumber", "+14155559999"}});
    const auto refused = f.api.place_call({.agent_id = "agt_1", .to_number = "+14155559999"}, f.options);
    CHECK(refused.error().code == ErrorCode::kBalance);
    CHECK(refused.error().next_step.find("payment method") != std::string::npos);
  }

  TEST_CASE("a busy line may say when to try again, and the call is still placed only once") {
    ApiFixture f;
    f.service.answer(409, R"({"detail": "Too many calls"})", "30");
    const auto call = f.api.place_call({.agent_id = "agt_1", .to_number = "+14155559999"}, f.options);
    CHECK(call.error().code == ErrorCode::kConflict);
    CHECK(call.error().retry_after == std::chrono::seconds{30});
    CHECK(f.service.count() == 1);
  }

  TEST_CASE("a call that broke off after it was sent has an unknown outcome and points to list_calls") {
    ApiFixture f;
    f.service.fail(ErrorCode::kOutcomeUnknown, "receive", 300);
    const auto call = f.api.place_call({.agent_id = "agt_1", .to_number = "+14155559999"}, f.options);
    CHECK(call.error().code == ErrorCode::kOutcomeUnknown);
    CHECK(call.error().next_step.find("list_calls") != std::string::npos);
  }

  TEST_CASE("list_calls of the account leaves filtering to the service") {
    ApiFixture f;
    f.service.answer(200, page_of_calls(1, 2, true))
        .answer(422, R"({"detail": [{"loc": ["query", "limit"], "msg": "too large"}]})");
    const auto page = f.api.list_calls(
        std::nullopt,
        {.page = {.limit = 2, .offset = 4}, .status = "completed", .direction = "outbound", .search = "+1415"},
        f.options);
    REQUIRE(page.ok());
    CHECK(f.service.last().line() ==
          "GET /v1/calls?limit=2&offset=4&status=completed&direction=outbound&search=%2B1415");
    CHECK(page->has_more);
    CHECK(f.api.list_calls(std::nullopt, {}, f.options).error().message.find("limit: too large") != std::string::npos);
  }

  TEST_CASE("an agent's calls without a filter are one request") {
    ApiFixture f;
    f.service.answer(200, page_of_calls(1, 2, false));
    const auto page = f.api.list_calls("agt_1", {.page = {.limit = 2}}, f.options);
    REQUIRE(page.ok());
    CHECK(f.service.last().line() == "GET /v1/agents/agt_1/calls?limit=2");
    CHECK(page->data.at(0).direction == "outbound");
  }

  TEST_CASE("an agent's calls are filtered here, over as many pages as the wanted window needs") {
    ApiFixture f;
    f.service.answer(200, page_of_calls(1, 100, true)).answer(200, page_of_calls(101, 100, true));
    const auto page = f.api.list_calls("agt_1", {.page = {.limit = 5, .offset = 8}, .status = "failed"}, f.options);
    REQUIRE(page.ok());
    REQUIRE(page->data.size() == 5);
    CHECK(page->data.front().id == "call_90");
    CHECK(page->data.back().id == "call_130");
    CHECK(page->has_more);
    CHECK_FALSE(page->total);
    CHECK(f.service.count() == 2);
    CHECK(f.service.last().line() == "GET /v1/agents/agt_1/calls?limit=100&offset=100");
  }

  TEST_CASE("when every row was seen the filtered total is known") {
    ApiFixture f;
    f.service.answer(200, R"({"data": [)" + call_row(1, "completed", "+14155551234", "+14155559999") + "," +
                              call_row(2, "completed", "+12125550100", "+14155551234") + R"(], "hasMore": false})");
    const auto page = f.api.list_calls("agt_1", {.direction = "inbound", .search = "(212) 555"}, f.options);
    REQUIRE(page.ok());
    REQUIRE(page->data.size() == 1);
    CHECK(page->data[0].id == "call_2");
    CHECK(page->total == 1);
    CHECK_FALSE(page->has_more);
  }

  TEST_CASE("filtering stops after ten pages and says that there may be more") {
    ApiFixture f;
    for (int i = 0; i < 11; ++i) f.service.answer(200, page_of_calls(i * 100 + 1, 100, true));
    const auto page = f.api.list_calls("agt_1", {.status = "busy"}, f.options);
    REQUIRE(page.ok());
    CHECK(page->data.empty());
    CHECK(page->has_more);
    CHECK(f.service.count() == 10);
  }

  TEST_CASE("get_call reads the turns so far") {
    ApiFixture f;
    f.service
        .answer(200, R"({"id": "call_1", "fromNumber": "+1", "toNumber": "+2", "direction": "outbound",
      "status": "completed", "startedAt": "t", "endedAt": "t2", "durationSeconds": 51, "agentId": null,
      "transcripts": [{"id": "tr_1", "transcript": "Hello?", "confidence": 0.9, "response": null, "createdAt": "t"},
                      {"id": "tr_2", "transcript": "", "response": "Hi", "createdAt": "t"}]})")
        .answer(404, R"({"detail": "x"})");
    const auto call = f.api.get_call("call_1", f.options);
    REQUIRE(call.ok());
    CHECK(f.service.last().line() == "GET /v1/calls/call_1");
    CHECK(call->is_over());
    CHECK(call->duration_seconds == 51);
    REQUIRE(call->transcripts.size() == 2);
    CHECK_FALSE(call->transcripts[0].response);
    CHECK(call->transcripts[1].response == "Hi");
    CHECK(f.api.get_call("call_2", f.options).error().next_step.find("list_calls") != std::string::npos);
  }

  TEST_CASE("only the four live states are live; the set of states is open") {
    for (const char* status : {"queued", "ringing", "in-progress", "ending", ""}) {
      CAPTURE(status);
      CHECK_FALSE(Call{.status = status}.is_over());
    }
    for (const char* status : {"completed", "failed", "busy", "no-answer", "something-new"}) {
      CAPTURE(status);
      CHECK(Call{.status = status}.is_over());
    }
  }

  TEST_CASE("no webhook is a null answer, not an error") {
    ApiFixture f;
    f.service.answer(200, "null").answer(200, "null").answer(500, "");
    const auto account = f.api.get_webhook(std::nullopt, f.options);
    REQUIRE(account.ok());
    CHECK_FALSE(account->has_value());
    CHECK(f.service.last().line() == "GET /v1/webhooks");
    REQUIRE(f.api.get_webhook("agt_1", f.options).ok());
    CHECK(f.service.last().line() == "GET /v1/agents/agt_1/webhook");
    CHECK(f.api.get_webhook(std::nullopt, f.options).error().code == ErrorCode::kUpstreamDown);
  }

  TEST_CASE("set_webhook sends camelCase and reads the new secret") {
    ApiFixture f;
    const std::string answer = R"({"id": "wh_1", "url": "https://x.example/h", "secret": "whsec_EXAMPLEONLY",
      "status": "active", "contextLimit": 0, "timeout": 5, "createdAt": "t"})";
    f.service.answer(200, answer)
        .answer(200, answer)
        .answer(422, R"({"detail": [{"loc": ["body", "timeout"], "msg": "too small"}]})");
    const auto webhook = f.api.set_webhook(
        std::nullopt, {.url = "https://x.example/h", .context_limit = 0, .timeout_seconds = 5}, f.options);
    REQUIRE(webhook.ok());
    CHECK(f.service.last().line() == "POST /v1/webhooks");
    CHECK(f.body() == Json{{"url", "https://x.example/h"}, {"contextLimit", 0}, {"timeout", 5}});
    CHECK(webhook->secret == "whsec_EXAMPLEONLY");
    CHECK(webhook->timeout_seconds == 5);
    REQUIRE(f.api.set_webhook("agt_1", {.url = "https://x.example/h"}, f.options).ok());
    CHECK(f.service.last().line() == "POST /v1/agents/agt_1/webhook");
    CHECK(f.body() == Json{{"url", "https://x.example/h"}});
    const auto refused = f.api.set_webhook("agt_1", {.url = "https://x.example/h", .timeout_seconds = 1}, f.options);
    CHECK(refused.error().data["field"] == "timeout_seconds");
  }

  TEST_CASE("test_webhook reads either set of names, and without a webhook points to set_webhook") {
    ApiFixture f;
    f.service.answer(200, R"({"success": true, "httpStatus": 200, "errorMessage": null})")
        .answer(200, R"({"success": false, "statusCode": 500, "responseMs": 84, "error": "boom"})")
        .answer(404, R"({"detail": "No webhook"})");
    const auto good = f.api.test_webhook(std::nullopt, f.options);
    REQUIRE(good.ok());
    CHECK(f.service.last().line() == "POST /v1/webhooks/test");
    CHECK(f.service.last().body.empty());
    CHECK(good->http_status == 200);
    CHECK_FALSE(good->error_message);
    const auto bad = f.api.test_webhook("agt_1", f.options);
    REQUIRE(bad.ok());
    CHECK(f.service.last().line() == "POST /v1/webhooks/test?agentId=agt_1");
    CHECK_FALSE(bad->success);
    CHECK(bad->http_status == 500);
    CHECK(bad->error_message == "boom");
    CHECK(f.api.test_webhook(std::nullopt, f.options).error().next_step.find("set_webhook") != std::string::npos);
  }
}

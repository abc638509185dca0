#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "api_fixture.h"

namespace {

using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::test::ApiFixture;

constexpr std::string_view kNumber = R"({"id": "num_1", "phoneNumber": "+14155551234", "country": "US",
  "status": "active", "createdAt": "2026-04-19T17:00:00Z", "agentId": null})";

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("list_numbers reads numbers that belong to nobody") {
    ApiFixture f;
    f.service.answer(200, R"({"data": [)" + std::string(kNumber) + R"(], "hasMore": false, "total": 1})")
        .answer(401, R"({"detail": "Invalid API key"})");
    const auto page = f.api.list_numbers({.limit = 100}, f.options);
    REQUIRE(page.ok());
    CHECK(f.service.last().line() == "GET /v1/numbers?limit=100");
    CHECK(page->data.at(0).country == "US");
    CHECK_FALSE(page->data.at(0).agent_id);
    CHECK(f.api.list_numbers({}, f.options).error().code == ErrorCode::kUnauthorized);
  }

  TEST_CASE("buy_number sends camelCase; no balance and no stock are told apart") {
    ApiFixture f;
    f.service.answer(200, std::string(kNumber))
        .answer(402, R"({"error": {"message": "Low", "code": "INSUFFICIENT_BALANCE", "type": "x"}})")
        .answer(503, R"({"detail": "No numbers available"})");
    const auto bought = f.api.buy_number({.country = "US", .area_code = "415", .agent_id = "agt_1"}, f.options);
    REQUIRE(bought.ok());
    CHECK(f.service.last().line() == "POST /v1/numbers");
    CHECK(f.body() == Json{{"country", "US"}, {"areaCode", "415"}, {"agentId", "agt_1"}});
    CHECK(f.api.buy_number({.country = "US"}, f.options).error().code == ErrorCode::kBalance);
    const auto none = f.api.buy_number({.country = "CA"}, f.options);
    CHECK(none.error().code == ErrorCode::kUpstreamDown);
    CHECK(none.error().next_step.find("nothing was bought") != std::string::npos);
    CHECK(f.body() == Json{{"country", "CA"}});
  }

  TEST_CASE("release_number reads what was given back, and an already released one points to list_numbers") {
    ApiFixture f;
    f.service.answer(200, R"({"success": true, "phoneNumber": "+14155551234", "status": "released"})")
        .answer(400, R"({"detail": "Number already released"})");
    const auto released = f.api.release_number("num_1", f.options);
    REQUIRE(released.ok());
    CHECK(f.service.last().line() == "DELETE /v1/numbers/num_1");
    CHECK(released->phone_number == "+14155551234");
    const auto again = f.api.release_number("num_1", f.options);
    CHECK(again.error().code == ErrorCode::kConflict);
    CHECK(again.error().next_step.find("list_numbers") != std::string::npos);
  }

  TEST_CASE("send_message is snake_case and reads what was accepted") {
    ApiFixture f;
    f.service.answer(200, R"({"id": "msg_1", "status": "sent", "channel": "sms", "from_number": "+14155551234",
                              "to_number": "+14155559999", "conversation_id": null})");
    const auto sent = f.api.send_message({.agent_id = "agt_1",
                                          .to_number = "+14155559999",
                                          .body = "caf\xC3\xA9 \"7\"",
                                          .media_url = "https://x.example/a.png",
                                          .number_id = "num_1"},
                                         f.options);
    REQUIRE(sent.ok());
    CHECK(f.service.last().line() == "POST /v1/messages");
    CHECK(f.body() == Json{{"agent_id", "agt_1"},
                           {"to_number", "+14155559999"},
                           {"body", "caf\xC3\xA9 \"7\""},
                           {"media_url", "https://x.example/a.png"},
                           {"number_id", "num_1"}});
    CHECK(sent->id == "msg_1");
    CHECK_FALSE(sent->conversation_id);
  }

  TEST_CASE("a message is sent exactly once, whatever comes back") {
    for (const int status : {200, 301, 400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504, 520}) {
      CAPTURE(status);
      ApiFixture f;
      f.service.answer(status, "<html>broken</html>", "1");
      CHECK_FALSE(f.api.send_message({.agent_id = "agt_1", .to_number = "+14155559999", .body = "x"}, f.options).ok());
      CHECK(f.service.count() == 1);
    }
    for (const ErrorCode code : {ErrorCode::kUpstreamDown, ErrorCode::kOutcomeUnknown, ErrorCode::kCancelled}) {
      ApiFixture f;
      f.service.fail(code, "receive", 120);
      const auto sent = f.api.send_message({.agent_id = "agt_1", .to_number = "+14155559999", .body = "x"}, f.options);
      REQUIRE_FALSE(sent.ok());
      CHECK(sent.error().code == code);
      CHECK(sent.error().data["bytes_sent"] == 120);
      CHECK(f.service.count() == 1);
    }
  }

  TEST_CASE("an accepted write whose answer cannot be read has an unknown outcome; a read has an invalid one") {
    for (const std::string_view body : {"<html>ok</html>", "{\"id\": ", "", "[]", R"({"status": "sent"})"}) {
      CAPTURE(body);
      ApiFixture f;
      f.service.answer(200, std::string(body)).answer(200, std::string(body));
      const auto sent = f.api.send_message({.agent_id = "agt_1", .to_number = "+14155559999", .body = "x"}, f.options);
      REQUIRE_FALSE(sent.ok());
      CHECK(sent.error().code == ErrorCode::kOutcomeUnknown);
      CHECK(sent.error().next_step.find("list_messages") != std::string::npos);
      CHECK(f.api.get_call("call_1", f.options).error().code == ErrorCode::kInvalidUpstream);
    }
  }

  TEST_CASE("list_messages takes both names of the sender, and encodes its cursor") {
    ApiFixture f;
    f.service
        .answer(200, R"({"data": [
          {"id": "m1", "from_": "+1", "to": "+2", "body": "a", "direction": "inbound", "channel": null, "receivedAt": "t"},
          {"id": "m2", "from": "+3", "to": "+4", "body": "b", "direction": "outbound", "receivedAt": "t",
           "mediaUrl": "https://x.example/1"}], "hasMore": true})")
        .answer(200, R"({"data": []})");
    const auto page = f.api.list_messages(
        "num_1", {.limit = 2, .before = "2026-04-19T17:20:11+00:00", .after = "2026-04-18T00:00:00Z"}, f.options);
    REQUIRE(page.ok());
    CHECK(f.service.last().line() ==
          "GET /v1/numbers/num_1/messages?limit=2&before=2026-04-19T17%3A20%3A11%2B00%3A00"
          "&after=2026-04-18T00%3A00%3A00Z");
    CHECK(page->data.at(0).from_number == "+1");
    CHECK(page->data.at(0).channel.empty());
    CHECK(page->data.at(1).from_number == "+3");
    CHECK(page->data.at(1).media_urls.at(0) == "https://x.example/1");
    CHECK(page->has_more);
    CHECK_FALSE(f.api.list_messages("num_1", {}, f.options)->has_more);
  }

  TEST_CASE("list_conversations is the account's, or an agent's when one is named") {
    ApiFixture f;
    const std::string rows = R"({"data": [{"id": "conv_1", "agentId": null, "phoneNumberId": "num_1",
      "phoneNumber": "+1", "participant": "+2", "lastMessageAt": null, "messageCount": 5, "createdAt": "t"}],
      "hasMore": false, "total": 1})";
    f.service.answer(200, rows).answer(200, rows).answer(403, R"({"detail": "no"})");
    const auto all = f.api.list_conversations(std::nullopt, {.limit = 5}, f.options);
    REQUIRE(all.ok());
    CHECK(f.service.last().line() == "GET /v1/conversations?limit=5");
    CHECK(all->data.at(0).message_count == 5);
    CHECK_FALSE(all->data.at(0).last_message_at);
    REQUIRE(f.api.list_conversations("agt_1", {.offset = 20}, f.options).ok());
    CHECK(f.service.last().line() == "GET /v1/agents/agt_1/conversations?offset=20");
    CHECK(f.api.list_conversations("agt_1", {}, f.options).error().code == ErrorCode::kForbidden);
  }

  TEST_CASE("get_conversation reads its messages, newest first as sent") {
    ApiFixture f;
    f.service
        .answer(200, R"({"id": "conv_1", "phoneNumberId": "num_1", "phoneNumber": "+1", "participant": "+2",
          "lastMessageAt": "t", "messageCount": 1, "createdAt": "t", "messages": [{"id": "m1", "body": "hi",
          "fromNumber": "+2", "toNumber": "+1", "direction": "inbound", "receivedAt": "t", "mediaUrls": ["u"]}]})")
        .answer(404, R"({"detail": "x"})");
    const auto conversation = f.api.get_conversation("conv_1", 5, f.options);
    REQUIRE(conversation.ok());
    CHECK(f.service.last().line() == "GET /v1/conversations/conv_1?message_limit=5");
    CHECK(conversation->messages.at(0).from_number == "+2");
    CHECK(conversation->messages.at(0).media_urls.size() == 1);
    const auto unknown = f.api.get_conversation("conv_2", std::nullopt, f.options);
    CHECK(f.service.last().line() == "GET /v1/conversations/conv_2");
    CHECK(unknown.error().next_step.find("list_conversations") != std::string::npos);
  }

  TEST_CASE("an id that is none never reaches a path") {
    const std::string long_id(65, 'a');
    for (const std::string_view id :
         {std::string_view(""), std::string_view(".."), std::string_view("%2e%2e"),
          std::string_view("a/../../webhooks"), std::string_view("x?y"), std::string_view("x#"),
          std::string_view("a\r\nb"), std::string_view("a\0b", 3), std::string_view("a b"),
          std::string_view("\xC3\xA9"), std::string_view(long_id)}) {
      CAPTURE(id);
      ApiFixture f;
      CHECK(f.api.get_agent(id, f.options).error().code == ErrorCode::kBadArguments);
      CHECK(f.api.release_number(id, f.options).error().message.starts_with("number_id"));
      CHECK(f.api.list_messages(id, {}, f.options).error().message.starts_with("number_id"));
      CHECK(f.api.get_conversation(id, {}, f.options).error().message.starts_with("conversation_id"));
      CHECK(f.api.get_call(id, f.options).error().message.starts_with("call_id"));
      CHECK_FALSE(f.api.detach_number("agt_1", id, f.options).ok());
      CHECK_FALSE(f.api.set_webhook(std::string(id), {.url = "https://x.example"}, f.options).ok());
      CHECK_FALSE(f.api.send_message({.agent_id = std::string(id)}, f.options).ok());
      CHECK_FALSE(f.api.place_call({.agent_id = "agt_1", .from_number_id = std::string(id)}, f.options).ok());
      CHECK(f.service.count() == 0);
    }
  }
}

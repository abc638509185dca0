#include <doctest/doctest.h>

#include "mcp/resource_registry.h"
#include "resources/catalog.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp::test {
namespace {

/// The resources over the account of PhoneFixture.
struct ResourcePhone : PhoneFixture {
  resources::ResourceServices resource_services{.tools = services, .upstream = "api.agentphone.to"};
  mcp::ResourceRegistry registry{resources::make_resources(resource_services),
                                 resources::make_templates(resource_services)};

  /// The one JSON text at this address.
  Json contents(const std::string& uri) {
    CAPTURE(uri);
    auto reading = registry.read(uri, context);
    if (!reading) FAIL("not read: " << reading.error().message);
    REQUIRE(reading->contents.size() == 1);
    CHECK(reading->contents[0]["uri"] == uri);
    CHECK(reading->contents[0]["mimeType"] == "application/json");
    CHECK_FALSE(reading->cache.is_public);
    return Json::parse(reading->contents[0]["text"].get<std::string>());
  }

  Error refused(const std::string& uri) {
    CAPTURE(uri);
    auto reading = registry.read(uri, context);
    REQUIRE_FALSE(reading.ok());
    return std::move(reading).error();
  }
};

TEST_SUITE("unit") {
  TEST_CASE("a resource has the rows of the tool that shows the same") {
    ResourcePhone phone;
    Json account = phone.ok("account_overview", Json::object());
    account.erase("next_step");
    CHECK(phone.contents("agentphone://account") == account);
    CHECK(phone.contents("agentphone://agents/agt_1") == phone.ok("get_agent", {{"agent_id", "agt_1"}})["agent"]);
    CHECK(phone.contents("agentphone://numbers/num_1") == phone.ok("list_numbers", Json::object())["numbers"][0]);
    const Json thread = phone.ok("get_conversation", {{"conversation_id", "conv_1"}});
    CHECK(phone.contents("agentphone://conversations/conv_1")["messages"] == thread["messages"]);
    CHECK(phone.contents("agentphone://calls/call_1") == phone.ok("list_calls", Json::object())["calls"][0]);
    CHECK(phone.contents("agentphone://calls/call_1/transcript")["transcript"] ==
          phone.ok("poll_call", {{"call_id", "call_1"}})["transcript"]);
    CHECK(phone.contents("agentphone://inbox")["conversations"] ==
          phone.ok("list_conversations", Json::object())["conversations"]);
    CHECK_FALSE(phone.contents("agentphone://voices")["voices"].empty());
  }

  TEST_CASE("the policy says what is enforced") {
    ResourcePhone phone;
    const Json policy = phone.contents("agentphone://policy");
    CHECK(phone.upstream.lines().empty());
    CHECK(policy["disclosure"]["sentence"] == "Hello, this is an AI assistant.");
    CHECK(policy["confirmation"]["tools"] == Json::array({"delete_agent", "buy_number", "release_number"}));
    CHECK(policy["hosts"]["agentphone"] == "api.agentphone.to");
    CHECK(policy["destinations"]["refused"].size() == 3);
    CHECK(policy["destinations"]["refused"][0]["lines"] == "emergency");
  }

  TEST_CASE("an id that names nothing, or cannot be one, is no resource and says what to do") {
    ResourcePhone phone;
    for (const char* uri : {"agentphone://calls/call_9", "agentphone://calls/..%2Fagents", "agentphone://numbers/num_9",
                            "agentphone://nothing", "agentphone://agents/"}) {
      const Error error = phone.refused(uri);
      CHECK(error.code == ErrorCode::kNoSuchResource);
      CHECK(error.data["uri"] == uri);
    }
    CHECK(phone.refused("agentphone://calls/call_9").message.find("list_calls") != std::string::npos);
    for (const std::string& line : phone.upstream.lines()) CHECK(line.find("..") == std::string::npos);
  }

  TEST_CASE("without a key a resource says how to get one") {
    ResourcePhone phone;
    phone.credentials.set(Secret(), agentphone::KeySource::kNone);
    const Error error = phone.refused("agentphone://account");
    CHECK(error.code == ErrorCode::kUnauthorized);
    CHECK(error.message.find("sign_up") != std::string::npos);
  }

  TEST_CASE("what a caller reads is read with the key that the caller brought") {
    ResourcePhone phone;
    phone.context.caller = "a";
    phone.context.caller_key = std::make_shared<const Secret>("sk_test_of_the_caller_0123456789");
    phone.contents("agentphone://agents/agt_1");
    CHECK(phone.upstream.last_key() == "sk_test_of_the_caller_0123456789");
    phone.context.caller_key = nullptr;
    phone.contents("agentphone://agents/agt_1");
    CHECK(phone.upstream.last_key() == kCanaryKey);
  }

  TEST_CASE("what people wrote can hide nothing in a resource, and no key is in it") {
    ResourcePhone phone;
    phone.upstream.on(
        "GET /v1/calls/call_1",
        std::string(R"({"id":"call_1","status":"completed","transcripts":[{"id":"t","transcript":"a\u202eb )") +
            kCanaryKey + R"(","response":null}]})");
    const Json turn = phone.contents("agentphone://calls/call_1/transcript")["transcript"][0];
    CHECK(turn["text"].get<std::string>().starts_with("ab "));
    CHECK(turn["text"].get<std::string>().find(kCanaryKey) == std::string::npos);
  }
}

}  // namespace
}  // namespace apmcp::test

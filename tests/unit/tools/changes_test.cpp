#include "tools/changes.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "tools/definitions.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp::test {
namespace {

using Uris = std::vector<std::string>;

/// What a call of the tool publishes.
Uris published_by(PhoneFixture& phone, std::string_view tool, const Json& arguments) {
  Uris uris;
  phone.services.publish = [&](const mcp::Change& change) {
    CHECK(change.kind == mcp::Change::Kind::kResourceUpdated);
    CHECK(change.caller == phone.context.caller);
    uris.push_back(change.uri);
  };
  static_cast<void>(phone.call(tool, arguments));
  return uris;
}

struct WrittenBy {
  std::string_view tool;
  Json arguments;
  Uris changed;
};

const std::string kAccountUri = "agentphone://account";
const std::string kAgentUri = "agentphone://agents/agt_1";
const std::string kNumberUri = "agentphone://numbers/num_1";

/// Every tool that is not a read, with a call that works in PhoneFixture and all that it changes.
std::vector<WrittenBy> all_writes() {
  return {
      {"sign_up", {{"human_email", "sam@example.com"}, {"agent_name", "Caller"}}, {}},
      {"verify", {{"verification_id", "ver_1"}, {"otp_code", "123456"}}, {kAccountUri, kAgentUri, kNumberUri}},
      {"create_agent", {{"name", "Caller"}, {"system_prompt", "You book tables."}}, {kAccountUri, kAgentUri}},
      {"update_agent", {{"agent_id", "agt_1"}, {"name", "New"}}, {kAccountUri, kAgentUri}},
      {"delete_agent", {{"agent_id", "agt_1"}, {"confirm", true}}, {kAccountUri, kAgentUri, kNumberUri}},
      {"attach_number", {{"agent_id", "agt_1"}, {"number_id", "num_1"}}, {kAccountUri, kAgentUri, kNumberUri}},
      {"detach_number", {{"agent_id", "agt_1"}, {"number_id", "num_1"}}, {kAccountUri, kAgentUri, kNumberUri}},
      {"buy_number",
       {{"country", "US"}, {"agent_id", "agt_1"}, {"confirm", true}},
       {kAccountUri, kAgentUri, kNumberUri}},
      {"release_number", {{"number_id", "num_1"}, {"confirm", true}}, {kAccountUri, kAgentUri, kNumberUri}},
      {"set_webhook", {{"url", "https://hooks.example.com/a"}, {"confirm", true}}, {kAccountUri}},
      {"test_webhook", Json::object(), {kAccountUri}},
      {"send_sms",
       {{"agent_id", "agt_1"}, {"to_number", "+14155550123"}, {"body", "Hi"}},
       {kAccountUri, "agentphone://inbox", "agentphone://conversations/conv_1"}},
      {"place_call",
       {{"agent_id", "agt_1"}, {"to_number", "+14155550123"}, {"system_prompt", "Book."}},
       {kAccountUri, "agentphone://calls/call_2", "agentphone://calls/call_2/transcript"}},
      {"end_call", {{"call_id", "call_1"}}, {"agentphone://calls/call_1", "agentphone://calls/call_1/transcript"}},
  };
}

TEST_SUITE("unit") {
  TEST_CASE("every tool that writes publishes every resource that its call changes") {
    std::set<std::string_view> covered;
    for (const WrittenBy& write : all_writes()) {
      CAPTURE(std::string(write.tool));
      PhoneFixture phone;
      Uris published = published_by(phone, write.tool, write.arguments);
      Uris expected = write.changed;
      std::sort(published.begin(), published.end());
      std::sort(expected.begin(), expected.end());
      CHECK(published == expected);
      covered.insert(write.tool);
    }
    for (const auto& definition : tools::definitions()) {
      CAPTURE(std::string(definition.name));
      CHECK(covered.contains(definition.name) == (definition.effect != "reads"));
    }
  }

  TEST_CASE("what a tool changes is published, with the ids of its answer") {
    PhoneFixture phone;
    phone.context.caller = "someone";
    CHECK(published_by(phone, "update_agent", {{"agent_id", "agt_1"}, {"name", "New"}}) ==
          Uris{"agentphone://account", "agentphone://agents/agt_1"});
    CHECK(published_by(phone, "place_call",
                       {{"agent_id", "agt_1"}, {"to_number", "+14155550123"}, {"system_prompt", "Book."}}) ==
          Uris{"agentphone://account", "agentphone://calls/call_2", "agentphone://calls/call_2/transcript"});
  }

  TEST_CASE("reading, failing and previewing publish nothing") {
    PhoneFixture phone;
    CHECK(published_by(phone, "list_agents", Json::object()).empty());
    CHECK(published_by(phone, "delete_agent", {{"agent_id", "agt_1"}}).empty());
    CHECK(published_by(phone, "update_agent", {{"agent_id", "agt_9"}, {"name", "New"}}).empty());
  }

  TEST_CASE("an outcome that is not known may be a change") {
    PhoneFixture phone;
    phone.upstream.fail("POST /v1/messages", ErrorCode::kOutcomeUnknown);
    CHECK(published_by(phone, "send_sms", {{"agent_id", "agt_1"}, {"to_number", "+14155550123"}, {"body", "Hi"}}) ==
          Uris{"agentphone://account", "agentphone://inbox"});
  }

  TEST_CASE("a resource whose id nobody knows is left out") {
    CHECK(tools::changed_resources("buy_number", {{"country", "US"}}, nullptr) == Uris{"agentphone://account"});
    CHECK(tools::changed_resources("release_number", {{"number_id", "num_1"}}, nullptr) ==
          Uris{"agentphone://account", "agentphone://numbers/num_1"});
  }
}

}  // namespace
}  // namespace apmcp::test

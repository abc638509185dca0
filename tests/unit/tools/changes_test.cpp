#include "tools/changes.h"

#include <doctest/doctest.h>

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

TEST_SUITE("unit") {
  TEST_CASE("what a tool changes is published, with the ids of its answer") {
    PhoneFixture phone;
    phone.context.caller = "someone";
    CHECK(published_by(phone, "update_agent", {{"agent_id", "agt_1"}, {"name", "New"}}) ==
          Uris{"agentphone://account", "agentphone://agents/agt_1"});
    CHECK(published_by(phone, "place_call",
                       {{"agent_id", "agt_1"}, {"to_number", "+14155550123"}, {"system_prompt", "Book."}}) ==
          Uris{"agentphone://calls/call_2", "agentphone://calls/call_2/transcript"});
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
          Uris{"agentphone://inbox"});
  }

  TEST_CASE("a resource whose id nobody knows is left out") {
    CHECK(tools::changed_resources("buy_number", {{"country", "US"}}, nullptr) == Uris{"agentphone://account"});
    CHECK(tools::changed_resources("release_number", {{"number_id", "num_1"}}, nullptr) ==
          Uris{"agentphone://account", "agentphone://numbers/num_1"});
  }
}

}  // namespace
}  // namespace apmcp::test

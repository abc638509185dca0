#include "resources/suggestions.h"

#include <doctest/doctest.h>

#include "tools/call_scope.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp::test {
namespace {

using Values = std::vector<std::string>;

TEST_SUITE("unit") {
  TEST_CASE("ids are suggested by id and by name, the best first") {
    PhoneFixture phone;
    phone.upstream.on("GET /v1/agents", R"({"data":[
        {"id":"agt_1","name":"Night desk","numbers":[]},
        {"id":"agt_2","name":"Desk","numbers":[]},
        {"id":"desk_3","name":"Other","numbers":[]},
        {"id":"agt_4","name":"Nobody","numbers":[]}],"hasMore":false})");
    tools::CallScope scope(phone.services, phone.context);
    CHECK(resources::suggest_agents("DESK", scope.call()).values == Values{"desk_3", "agt_2", "agt_1"});
    CHECK(resources::suggest_agents("", scope.call()).values == Values{"agt_1", "agt_2", "desk_3", "agt_4"});
    CHECK(resources::suggest_agents("xyz", scope.call()).values.empty());
  }

  TEST_CASE("numbers, threads and calls are found by a phone number") {
    PhoneFixture phone;
    tools::CallScope scope(phone.services, phone.context);
    CHECK(resources::suggest_numbers("+1415555", scope.call()).values == Values{"num_1"});
    CHECK(resources::suggest_conversations("0123", scope.call()).values == Values{"conv_1"});
    CHECK(resources::suggest_calls("+14155550123", scope.call()).values == Values{"call_1"});
  }

  TEST_CASE("where the service does not answer, nothing is suggested") {
    PhoneFixture phone;
    phone.upstream.fail("GET /v1/agents", ErrorCode::kTimeout);
    tools::CallScope scope(phone.services, phone.context);
    CHECK(resources::suggest_agents("", scope.call()).values.empty());
  }
}

}  // namespace
}  // namespace apmcp::test

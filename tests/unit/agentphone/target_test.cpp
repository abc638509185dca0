#include "agentphone/target.h"

#include <string>

#include <doctest/doctest.h>

#include "agentphone/operation.h"

using apmcp::agentphone::check_id;
using apmcp::agentphone::is_id;
using apmcp::agentphone::operation_of;
using apmcp::agentphone::percent_encode;
using apmcp::agentphone::Query;
using apmcp::http::Method;

TEST_SUITE("unit") {
  TEST_CASE("an id is 1 to 64 letters, digits, underscores and dashes") {
    CHECK(is_id("agt_01HZX5"));
    CHECK(is_id("0f8b-4c"));
    CHECK(is_id(std::string(64, 'a')));
    CHECK_FALSE(is_id(std::string(65, 'a')));
    CHECK_FALSE(is_id(""));
    CHECK_FALSE(is_id("a.b"));
    CHECK(check_id("call_id", "../x").error().message.find("call_01J0C2") != std::string::npos);
    CHECK(check_id("call_id", "../x").error().next_step.find("list_calls") != std::string::npos);
  }

  TEST_CASE("a plus in a query is %2B, because a bare one means a space") {
    CHECK(percent_encode("+1 415/55?&=#%~é") == "%2B1%20415%2F55%3F%26%3D%23%25~%C3%A9");
  }

  TEST_CASE("absent and empty query values are left out") {
    CHECK(Query().on("/p") == "/p");
    CHECK(Query().add("a", std::optional<std::string>()).add("b", std::optional<std::string>("")).on("/p") == "/p");
    CHECK(Query().add("a", std::optional<std::int64_t>(0)).add("b", "x&y").on("/p") == "/p?a=0&b=x%26y");
  }

  TEST_CASE("requests are told apart by method and path") {
    CHECK(operation_of(Method::kGet, "/v1/agents/voices").tool == "list_voices");
    CHECK(operation_of(Method::kGet, "/v1/agents/agt_1").tool == "get_agent");
    CHECK(operation_of(Method::kGet, "/v1/agents?limit=5").tool == "list_agents");
    CHECK(operation_of(Method::kDelete, "/v1/agents/agt_1/numbers/num_1").tool == "detach_number");
    CHECK(operation_of(Method::kPost, "/v1/webhooks/test?agentId=a").tool == "test_webhook");
    CHECK(operation_of(Method::kPost, "/v1/unknown").unknown.find("account_overview") != std::string::npos);
    CHECK(operation_of(Method::kGet, "/v1/agents/").tool == "account_overview");
    CHECK(operation_of(Method::kGet, "").tool == "account_overview");
  }
}

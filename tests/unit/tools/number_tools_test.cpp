#include <doctest/doctest.h>

#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

TEST_SUITE("unit") {
  TEST_CASE("list_numbers shows each number with its agent") {
    test::PhoneFixture phone;
    const Json answer = phone.ok("list_numbers", Json::object());
    CHECK(answer["numbers"][0]["phone_number"] == "+14155550100");
    CHECK(answer["numbers"][0]["agent_id"] == "agt_1");
    CHECK(answer["page"]["total"] == 1);
  }

  TEST_CASE("buy_number sends what was confirmed and says the price") {
    test::PhoneFixture phone;
    const Json answer =
        phone.ok("buy_number", {{"country", "US"}, {"area_code", "415"}, {"agent_id", "agt_1"}, {"confirm", true}});
    CHECK(Json::parse(phone.upstream.last_body()) ==
          Json{{"country", "US"}, {"areaCode", "415"}, {"agentId", "agt_1"}});
    CHECK(answer["number"]["number_id"] == "num_1");
    CHECK(answer["number"]["monthly_price_usd"] == 3.0);
  }

  TEST_CASE("too little balance is told as what it is") {
    test::PhoneFixture phone;
    phone.upstream.on("POST /v1/numbers", R"({"error":{"message":"Balance too low","code":"INSUFFICIENT_BALANCE"}})",
                      402);
    const Error error = phone.failure("buy_number", {{"country", "US"}, {"confirm", true}});
    CHECK(error.code == ErrorCode::kBalance);
    CHECK_FALSE(error.next_step.empty());
  }

  TEST_CASE("releasing finds its number beyond the first page of the preview's list") {
    test::PhoneFixture phone;
    phone.upstream.on("GET /v1/numbers",
                      R"({"data":[{"id":"num_7","phoneNumber":"+14155550107","country":"US","status":"active",
                          "agentId":null,"createdAt":"2026-01-01T00:00:00Z"}],"hasMore":true,"total":5000})");
    const Error unknown = phone.failure("release_number", {{"number_id", "num_8"}});
    CHECK(unknown.code == ErrorCode::kNotFound);
    CHECK(phone.upstream.lines().size() == 10);  // bounded, whatever the service claims
    const Error preview = phone.failure("release_number", {{"number_id", "num_7"}});
    CHECK(preview.message.find("No agent uses it") != std::string::npos);
  }

  TEST_CASE("release_number says that the number is gone") {
    test::PhoneFixture phone;
    const Json answer = phone.ok("release_number", {{"number_id", "num_1"}, {"confirm", true}});
    CHECK(answer["number"] == Json{{"number_id", "num_1"},
                                   {"phone_number", "+14155550100"},
                                   {"released", true},
                                   {"former_agent_id", "agt_1"}});
    CHECK(phone.upstream.lines() ==
          std::vector<std::string>{"GET /v1/numbers?limit=100&offset=0", "DELETE /v1/numbers/num_1"});
  }
}

}  // namespace
}  // namespace apmcp

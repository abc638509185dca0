#include "unit/sandbox/sandbox_fixture.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::test {

TEST_CASE("a bought number is in the area asked for, new to everybody, and attached when asked") {
  Sandbox sandbox;
  const std::string agent = sandbox.starter_agent();
  const Answered bought = sandbox.post("/v1/numbers", {{"country", "US"}, {"areaCode", "212"}, {"agentId", agent}});
  REQUIRE(bought.status == 200);
  CHECK(Sandbox::text(bought.body, "phoneNumber").substr(0, 8) == "+1212555");
  CHECK(bought.body["agentId"] == agent);
  CHECK(bought.body["status"] == "active");
  CHECK(sandbox::temper_of(Sandbox::text(bought.body, "phoneNumber")) == sandbox::Temper::kNobody);
  const Answered canadian = sandbox.post("/v1/numbers", {{"country", "CA"}});
  CHECK(canadian.body["country"] == "CA");
  CHECK(canadian.body["agentId"].is_null());
  CHECK(Sandbox::text(canadian.body, "phoneNumber").substr(0, 5) == "+1416");
  CHECK(sandbox.get("/v1/numbers").body["total"] == 3);
}

TEST_CASE("a number that cannot be bought is refused for its own reason") {
  Sandbox sandbox;
  CHECK(first_mistake(sandbox.post("/v1/numbers", {{"country", "DE"}})) == "country: enum");
  CHECK(first_mistake(sandbox.post("/v1/numbers", {{"country", "US"}, {"areaCode", "41"}})) ==
        "areaCode: string_pattern_mismatch");
  CHECK(sandbox.post("/v1/numbers", {{"country", "US"}, {"agentId", "agt_none"}}).status == 404);
  const Answered canadian = sandbox.post("/v1/numbers", {{"country", "US"}, {"areaCode", "416"}});
  CHECK(canadian.status == 409);
  CHECK(refusal(canadian).find("415") != std::string::npos);
  CHECK(sandbox.post("/v1/numbers", {{"country", "US"}, {"areaCode", "332"}}).status == 409);
  CHECK(sandbox.post("/v1/numbers", {{"country", "US"}, {"areaCode", "911"}}).status == 409);
  CHECK(sandbox.get("/v1/numbers").body["total"] == 1);
}

TEST_CASE("ten numbers is the limit until one is released") {
  Sandbox sandbox;
  for (int i = 0; i < 9; ++i) REQUIRE(sandbox.post("/v1/numbers", {{"country", "US"}}).status == 200);
  const Answered refused = sandbox.post("/v1/numbers", {{"country", "US"}});
  CHECK(refused.status == 409);
  CHECK(error_code(refused) == "VALIDATION_ERROR_NUMBER_LIMIT");
  REQUIRE(sandbox.ask("DELETE", "/v1/numbers/" + sandbox.starter_number_id()).status == 200);
  CHECK(sandbox.post("/v1/numbers", {{"country", "US"}}).status == 200);
}

TEST_CASE("an account without money buys, texts and calls nothing") {
  Sandbox poor(10, 1);
  CHECK(error_code(poor.post("/v1/numbers", {{"country", "US"}})) == "INSUFFICIENT_BALANCE");
  CHECK(poor.text_to("+14155550123", "hello").status == 402);
  Sandbox broke(10, 0);
  const Answered call = broke.post("/v1/calls", {{"agentId", broke.starter_agent()}, {"toNumber", "+14155550123"}});
  CHECK(call.status == 402);
}

TEST_CASE("a released number is gone for good, and its history stays") {
  Sandbox sandbox;
  const std::string id = sandbox.starter_number_id();
  const std::string e164 = sandbox.starter_number();
  sandbox.text_to("+14155550123", "hello");
  const Answered gone = sandbox.ask("DELETE", "/v1/numbers/" + id);
  CHECK(gone.body == Json{{"success", true}, {"phoneNumber", e164}, {"status", "released"}});
  CHECK(sandbox.get("/v1/numbers").body["total"] == 0);
  CHECK(sandbox.get("/v1/numbers/" + id + "/messages").body["data"].size() == 1);
  CHECK(sandbox.ask("DELETE", "/v1/numbers/" + id).status == 400);
  CHECK(sandbox.ask("DELETE", "/v1/numbers/num_none").status == 404);
  CHECK(sandbox.post("/v1/agents/" + sandbox.starter_agent() + "/numbers", {{"numberId", id}}).status == 400);
  CHECK(sandbox.text_to("+14155550123", "hello").status == 400);
  CHECK_FALSE(sandbox.simulator.inject_text("+14155550123", e164, "anybody there?"));
}

}  // namespace apmcp::test

TEST_SUITE_END();

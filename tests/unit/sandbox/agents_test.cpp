#include "unit/sandbox/sandbox_fixture.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::test {

TEST_CASE("a new agent has the service's defaults and no number") {
  Sandbox sandbox;
  const Answered made = sandbox.post("/v1/agents", {{"name", "Booker"}});
  REQUIRE(made.status == 200);
  CHECK(made.body["voiceMode"] == "webhook");
  CHECK(made.body["modelTier"] == "balanced");
  CHECK(made.body["sttMode"] == "fast");
  CHECK(made.body["maxSilenceMs"] == 600000);
  CHECK(made.body["language"] == "en-US");
  CHECK(made.body["enableMessaging"] == true);
  CHECK(made.body["systemPrompt"].is_null());
  CHECK(made.body["numbers"].empty());
  CHECK(sandbox.get("/v1/agents/" + Sandbox::text(made.body, "id")).body == made.body);
}

TEST_CASE("a hosted agent needs a prompt to make, and keeps it until it goes to a webhook") {
  Sandbox sandbox;
  const Answered refused = sandbox.post("/v1/agents", {{"name", "Booker"}, {"voiceMode", "hosted"}});
  CHECK(refused.status == 400);
  CHECK(refusal(refused).find("systemPrompt") != std::string::npos);
  const Answered made = sandbox.post(
      "/v1/agents",
      {{"name", "Booker"}, {"voiceMode", "hosted"}, {"systemPrompt", "Book tables."}, {"beginMessage", "Hi"}});
  REQUIRE(made.status == 200);
  const std::string path = "/v1/agents/" + Sandbox::text(made.body, "id");
  CHECK(sandbox.ask("PATCH", path, {{"systemPrompt", ""}}).status == 400);
  CHECK(sandbox.get(path).body["systemPrompt"] == "Book tables.");
  const Answered webhook = sandbox.ask("PATCH", path, {{"voiceMode", "webhook"}});
  CHECK(webhook.body["systemPrompt"].is_null());
  CHECK(webhook.body["beginMessage"].is_null());
  CHECK(sandbox.ask("PATCH", path, {{"voiceMode", "hosted"}}).status == 400);
}

TEST_CASE("an update changes what is sent, and an empty text clears what may be cleared") {
  Sandbox sandbox;
  const std::string path = "/v1/agents/" + sandbox.starter_agent();
  const Answered set =
      sandbox.ask("PATCH", path, {{"transferNumber", "+14155550199"}, {"voicemailMessage", "Call back."}});
  CHECK(set.body["transferNumber"] == "+14155550199");
  const Answered same = sandbox.ask("PATCH", path, {{"name", "Other"}, {"voicemailMessage", nullptr}});
  CHECK(same.body["name"] == "Other");
  CHECK(same.body["transferNumber"] == "+14155550199");
  CHECK(same.body["voicemailMessage"] == "Call back.");
  const Answered cleared = sandbox.ask("PATCH", path, {{"transferNumber", ""}, {"voicemailMessage", ""}});
  CHECK(cleared.body["transferNumber"].is_null());
  CHECK(cleared.body["voicemailMessage"].is_null());
  CHECK(sandbox.ask("PATCH", "/v1/agents/agt_none", {{"name", "x"}}).status == 404);
}

TEST_CASE("every bound of an agent's settings is checked and named") {
  Sandbox sandbox;

  struct Row {
    const char* field;
    Json value;
    const char* mistake;
  };

  const std::vector<Row> rows = {
      {"name", "", "name: string_too_short"},
      {"name", 7, "name: string_type"},
      {"voiceMode", "both", "voiceMode: enum"},
      {"modelTier", "huge", "modelTier: enum"},
      {"transferNumber", "+4930123456", "transferNumber: string_pattern_mismatch"},
      {"voicemailMessage", std::string(1001, 'x'), "voicemailMessage: string_too_long"},
      {"maxSilenceMs", 9999, "maxSilenceMs: greater_than_equal"},
      {"maxSilenceMs", 3600001, "maxSilenceMs: less_than_equal"},
      {"maxSilenceMs", 20000.5, "maxSilenceMs: int_type"},
      {"voiceSpeed", 2.1, "voiceSpeed: less_than_equal"},
      {"interruptionSensitivity", -0.1, "interruptionSensitivity: greater_than_equal"},
      {"enableBackchannel", "yes", "enableBackchannel: bool_type"},
      {"language", "xx-XX", "language: enum"},
      {"customTools", Json::array({Json{{"name", "bad name"}, {"description", "d"}, {"url", "https://x.example"}}}),
       "name: string_pattern_mismatch"},
  };
  const std::string path = "/v1/agents/" + sandbox.starter_agent();
  for (const Row& row : rows) {
    CAPTURE(row.mistake);
    sandbox.clock.advance(std::chrono::seconds{10});
    CHECK(first_mistake(sandbox.ask("PATCH", path, {{row.field, row.value}})) == row.mistake);
  }
  CHECK(sandbox.ask("PATCH", path, {{"voicemailMessage", std::string("\xC3\xA9", 2) + std::string(999, 'x')}}).status ==
        200);
}

TEST_CASE("a body that is no object is refused as the service does it") {
  Sandbox sandbox;
  CHECK(first_mistake(sandbox.raw("POST", "/v1/agents", "")) == "body: missing");
  CHECK(first_mistake(sandbox.raw("POST", "/v1/agents", "{\"name\":")) == "body: json_invalid");
  CHECK(first_mistake(sandbox.raw("POST", "/v1/agents", "[1]")) == "body: model_attributes_type");
  CHECK(first_mistake(sandbox.raw("POST", "/v1/agents", "{}")) == "name: missing");
  CHECK(sandbox.raw("POST", "/v1/agents", std::string((1U << 20U) + 1, ' ')).status == 413);
}

TEST_CASE("a number has one agent: attaching moves it, detaching leaves it on the account") {
  Sandbox sandbox;
  const std::string starter = sandbox.starter_agent();
  const std::string number = sandbox.starter_number_id();
  const std::string other = Sandbox::text(sandbox.post("/v1/agents", {{"name", "Other"}}).body, "id");
  const Answered moved = sandbox.post("/v1/agents/" + other + "/numbers", {{"numberId", number}});
  REQUIRE(moved.status == 200);
  CHECK(moved.body["agentId"] == other);
  CHECK(moved.body["number"]["id"] == number);
  CHECK(sandbox.get("/v1/agents/" + starter).body["numbers"].empty());
  CHECK(sandbox.ask("DELETE", "/v1/agents/" + starter + "/numbers/" + number).status == 404);
  CHECK(sandbox.ask("DELETE", "/v1/agents/" + other + "/numbers/" + number).body["success"] == true);
  CHECK(sandbox.get("/v1/numbers").body["data"][0]["agentId"].is_null());
  CHECK(sandbox.post("/v1/agents/" + other + "/numbers", {{"numberId", "num_none"}}).status == 404);
  CHECK(first_mistake(sandbox.post("/v1/agents/" + other + "/numbers", Json::object())) == "numberId: missing");
}

TEST_CASE("what an agent did outlives it and loses the reference") {
  Sandbox sandbox;
  const std::string agent = sandbox.starter_agent();
  const std::string call = sandbox.call("+14155550123");
  sandbox.text_to("+14155550123", "hello");
  const Answered gone = sandbox.ask("DELETE", "/v1/agents/" + agent);
  CHECK(gone.body["success"] == true);
  CHECK(gone.body["id"] == agent);
  CHECK(sandbox.get("/v1/agents/" + agent).status == 404);
  CHECK(sandbox.ask("DELETE", "/v1/agents/" + agent).status == 404);
  CHECK(sandbox.get("/v1/numbers").body["data"][0]["agentId"].is_null());
  CHECK(sandbox.get("/v1/calls/" + call).body["agentId"].is_null());
  CHECK(sandbox.get("/v1/conversations").body["data"][0]["agentId"].is_null());
}

TEST_CASE("lists are paged by limit and offset, and say whether more follows") {
  Sandbox sandbox;
  for (int i = 0; i < 4; ++i) sandbox.post("/v1/agents", {{"name", "A" + std::to_string(i)}});
  const Answered first = sandbox.get("/v1/agents?limit=2");
  CHECK(first.body["data"].size() == 2);
  CHECK(first.body["hasMore"] == true);
  CHECK(first.body["total"] == 5);
  const Answered last = sandbox.get("/v1/agents?limit=2&offset=4");
  CHECK(last.body["data"][0]["name"] == "A3");
  CHECK(last.body["hasMore"] == false);
  CHECK(sandbox.get("/v1/agents?offset=9").body["data"].empty());
  CHECK(sandbox.get("/v1/agents?limit=&offset=").body["data"].size() == 5);
  CHECK(first_mistake(sandbox.get("/v1/agents?limit=0")) == "limit: greater_than_equal");
  CHECK(first_mistake(sandbox.get("/v1/agents?limit=101")) == "limit: less_than_equal");
  CHECK(first_mistake(sandbox.get("/v1/agents?limit=ten")) == "limit: int_parsing");
  CHECK(first_mistake(sandbox.get("/v1/agents?offset=-1")) == "offset: greater_than_equal");
}

TEST_CASE("paths are decoded, unknown ones are not found, and a wrong method says so") {
  Sandbox sandbox;
  std::string agent = sandbox.starter_agent();
  agent.replace(agent.find('_'), 1, "%5F");
  CHECK(sandbox.get("/v1/agents/" + agent).status == 200);
  CHECK(refusal(sandbox.get("/v1/nothing")) == "Not Found");
  CHECK(sandbox.get("/v1/agents/").status == 404);
  CHECK(sandbox.ask("DELETE", "/v1/usage").status == 405);
}

}  // namespace apmcp::test

TEST_SUITE_END();

#include "unit/sandbox/sandbox_fixture.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::test {
namespace {

using std::chrono::seconds;

Json call_row(Sandbox& sandbox, const std::string& id) {
  return sandbox.get("/v1/calls/" + id).body;
}

}  // namespace

TEST_CASE("placing a call answers at once, without a transcript") {
  Sandbox sandbox;
  const std::string agent = sandbox.starter_agent();
  const Answered placed =
      sandbox.post("/v1/calls", {{"agentId", agent}, {"toNumber", kSalon}, {"systemPrompt", "Book."}});
  REQUIRE(placed.status == 200);
  CHECK(placed.body["agentId"] == agent);
  CHECK(placed.body["phoneNumberId"] == sandbox.starter_number_id());
  CHECK(placed.body["fromNumber"] == sandbox.starter_number());
  CHECK(placed.body["toNumber"] == kSalon);
  CHECK(placed.body["direction"] == "outbound");
  CHECK(placed.body["status"] == "in-progress");
  CHECK(placed.body["startedAt"] == "2026-01-01T00:00:00.000Z");
  CHECK(placed.body["retellCallId"].is_null());
  CHECK_FALSE(placed.body.contains("transcripts"));
}

TEST_CASE("a transcript grows turn by turn and begins with what the agent spoke first") {
  Sandbox sandbox;
  const std::string id = sandbox.call(kSalon, {{"initialGreeting", "Hi, I am an AI assistant."}});
  CHECK(call_row(sandbox, id)["transcripts"].empty());
  CHECK(call_row(sandbox, id)["durationSeconds"].is_null());
  std::size_t rows = 0;
  bool pending_seen = false;
  int passed = 0;
  while (call_row(sandbox, id)["status"] == "in-progress" && passed < 100) {
    const Json turns = call_row(sandbox, id)["transcripts"];
    CHECK(turns.size() >= rows);
    CHECK(turns.size() <= rows + 1);
    rows = turns.size();
    pending_seen = pending_seen || (rows > 0 && turns.back()["response"].is_null());
    sandbox.pass(seconds{1});
    ++passed;
  }
  CHECK(passed >= 20);
  CHECK(passed <= 60);
  CHECK(pending_seen);
  const Json call = call_row(sandbox, id);
  CHECK(call["status"] == "completed");
  CHECK(call["durationSeconds"] == passed);
  CHECK(call["transcripts"][0]["transcript"] == "");
  CHECK(call["transcripts"][0]["response"] == "Hi, I am an AI assistant.");
  CHECK(call["transcripts"][1]["confidence"] == 0.95);
  CHECK(call["lastTranscriptSnippet"] == "Goodbye.");
}

TEST_CASE("a greeting that is left out is made up, and an empty one lets the other side speak first") {
  Sandbox sandbox;
  const std::string made_up = sandbox.call(kSalon);
  const std::string silent = sandbox.call(kSalon, {{"initialGreeting", ""}});
  sandbox.pass(seconds{10});
  CHECK(Sandbox::text(call_row(sandbox, made_up)["transcripts"][0], "response").find("Sandbox Agent") !=
        std::string::npos);
  CHECK(Sandbox::text(call_row(sandbox, silent)["transcripts"][0], "transcript").find("How can I help") !=
        std::string::npos);
}

TEST_CASE("what is asked late is answered as of now, in one step or in many") {
  Sandbox in_steps;
  Sandbox at_once;
  const std::string first = in_steps.call(kSalon);
  const std::string second = at_once.call(kSalon);
  for (int i = 0; i < 60; ++i) in_steps.pass(seconds{1});
  at_once.pass(seconds{60});
  CHECK(call_row(in_steps, first) == call_row(at_once, second));
}

TEST_CASE("a call that cannot be placed is refused for its own reason") {
  Sandbox sandbox;
  const std::string agent = sandbox.starter_agent();
  const auto place = [&](const Json& more) {
    Json body = {{"agentId", agent}, {"toNumber", kSalon}};
    body.update(more);
    return sandbox.post("/v1/calls", body);
  };
  CHECK(first_mistake(sandbox.post("/v1/calls", {{"agentId", agent}})) == "toNumber: missing");
  CHECK(first_mistake(sandbox.post("/v1/calls", {{"toNumber", kSalon}})) == "agentId: missing");
  CHECK(first_mistake(place({{"toNumber", "+0"}})) == "toNumber: string_pattern_mismatch");
  CHECK(first_mistake(place({{"maxWaitSeconds", 9}})) == "maxWaitSeconds: greater_than_equal");
  CHECK(place({{"agentId", "agt_none"}}).status == 404);
  CHECK(error_code(place({{"fromNumberId", "num_none"}})) == "PHONE_NUMBER_NOT_FOUND");
  const Json loose = sandbox.post("/v1/numbers", {{"country", "US"}}).body;
  CHECK(place({{"fromNumberId", loose["id"]}}).status == 400);
  const std::string bare = Sandbox::text(sandbox.post("/v1/agents", {{"name", "Bare"}}).body, "id");
  CHECK(place({{"agentId", bare}}).status == 400);
  CHECK(sandbox.get("/v1/calls").body["total"] == 0);
}

TEST_CASE("calls are listed newest first and filtered by status, direction, type and part of a number") {
  Sandbox sandbox;
  const std::string talk = sandbox.call(kSalon);
  const std::string busy = sandbox.call("+14155550101");
  sandbox.pass(seconds{60});
  const auto total = [&](const std::string& query) { return sandbox.get("/v1/calls" + query).body["total"]; };
  CHECK(sandbox.get("/v1/calls").body["data"][0]["id"] == busy);
  CHECK(total("?status=busy") == 1);
  CHECK(total("?status=completed&direction=outbound") == 1);
  CHECK(total("?direction=inbound") == 0);
  CHECK(total("?type=web") == 0);
  CHECK(total("?search=0101") == 1);
  CHECK(total("?search=%2B1415555") == 2);
  CHECK(total("?status=") == 2);
  const Answered of_agent = sandbox.get("/v1/agents/" + sandbox.starter_agent() + "/calls?limit=1");
  CHECK(of_agent.body["total"] == 2);
  CHECK(of_agent.body["data"][0]["direction"] == "outbound");
  CHECK(sandbox.get("/v1/agents/agt_none/calls").status == 404);
  CHECK(sandbox.get("/v1/calls/call_none").status == 404);
  CHECK(sandbox.get("/v1/calls/" + talk + "?wait=true&timeout=120").status == 200);
  CHECK(first_mistake(sandbox.get("/v1/calls/" + talk + "?wait=maybe")) == "wait: bool_parsing");
  CHECK(first_mistake(sandbox.get("/v1/calls/" + talk + "?timeout=5")) == "timeout: greater_than_equal");
}

TEST_CASE("a call from outside rings, is answered by the hosted agent and is over by itself") {
  Sandbox sandbox;
  sandbox.ask("PATCH", "/v1/agents/" + sandbox.starter_agent(), {{"beginMessage", "Sam's office, hello."}});
  const std::string id = sandbox.simulator.inject_call("+14155550130", sandbox.starter_number(), {"Is Sam in?"});
  REQUIRE(!id.empty());
  CHECK(call_row(sandbox, id)["status"] == "ringing");
  sandbox.pass(seconds{2});
  CHECK(call_row(sandbox, id)["status"] == "in-progress");
  sandbox.pass(seconds{60});
  const Json call = call_row(sandbox, id);
  CHECK(call["status"] == "completed");
  CHECK(call["direction"] == "inbound");
  CHECK(call["transcripts"][0]["response"] == "Sam's office, hello.");
  CHECK(call["transcripts"][1]["transcript"] == "Is Sam in?");
}

TEST_CASE("an inbound call fails when neither a model nor a webhook is there to answer") {
  Sandbox sandbox;
  const std::string agent = Sandbox::text(sandbox.post("/v1/agents", {{"name", "Webhook"}}).body, "id");
  sandbox.post("/v1/agents/" + agent + "/numbers", {{"numberId", sandbox.starter_number_id()}});
  const std::string id = sandbox.simulator.inject_call("+14155550130", sandbox.starter_number());
  sandbox.pass(seconds{10});
  CHECK(call_row(sandbox, id)["status"] == "failed");
  CHECK(sandbox.simulator.inject_call("+14155550130", "+12125550299").empty());
}

TEST_CASE("a webhook-driven call without a webhook is silence, and the other side hangs up") {
  Sandbox sandbox;
  const std::string id = sandbox.call(kSalon, {{"systemPrompt", nullptr}});
  sandbox.pass(seconds{60});
  const Json call = call_row(sandbox, id);
  CHECK(call["status"] == "completed");
  CHECK(call["transcripts"].back()["transcript"] == "Hello? Is anybody there?");
  CHECK(call["transcripts"].back()["response"].is_null());
}

TEST_CASE("a webhook-driven call speaks what the endpoint answers, and hangs up when told to") {
  Sandbox sandbox;
  sandbox.post("/v1/webhooks", {{"url", "http://127.0.0.1:9/hook"}});
  sandbox.endpoint_answers.body = "{\"text\":\"One moment.\",\"interim\":true}\n{\"text\":\"2 pm, please.\"}";
  const std::string id = sandbox.call(kSalon, {{"systemPrompt", nullptr}, {"initialGreeting", "Hi."}});
  for (int i = 0; i < 9; ++i) sandbox.pass(seconds{1});
  const Json turns = call_row(sandbox, id)["transcripts"];
  REQUIRE(turns.size() == 2);
  CHECK(turns[0]["response"] == "Hi.");
  CHECK(turns[1]["response"] == "One moment. 2 pm, please.");
  REQUIRE(sandbox.posts.size() == 1);
  const Json event = *parse_json(sandbox.posts[0].body);
  CHECK(event["event"] == "agent.message");
  CHECK(event["channel"] == "voice");
  CHECK(event["data"]["callId"] == id);
  CHECK(event["data"]["transcript"] == turns[1]["transcript"]);
  CHECK(event["recentHistory"][0]["content"] == "Hi.");
  sandbox.endpoint_answers.body = R"({"text":"Goodbye.","hangup":true})";
  for (int i = 0; i < 20; ++i) sandbox.pass(seconds{1});
  const Json call = call_row(sandbox, id);
  CHECK(call["status"] == "completed");
  CHECK(call["transcripts"].size() == 3);
  CHECK(call["transcripts"][2]["response"] == "Goodbye.");
}

}  // namespace apmcp::test

TEST_SUITE_END();

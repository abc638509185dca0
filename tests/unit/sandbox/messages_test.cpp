#include "unit/sandbox/sandbox_fixture.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Json messages(Sandbox& sandbox, const std::string& query = "") {
  return sandbox.get("/v1/numbers/" + sandbox.starter_number_id() + "/messages" + query).body["data"];
}

}  // namespace

TEST_CASE("a text is sent at once and answered after a moment") {
  Sandbox sandbox;
  const Answered sent = sandbox.text_to(kSalon, "Can I book an appointment?");
  REQUIRE(sent.status == 200);
  CHECK(sent.body["status"] == "sent");
  CHECK(sent.body["channel"] == "sms");
  CHECK(sent.body["from_number"] == sandbox.starter_number());
  CHECK(sent.body["to_number"] == kSalon);
  CHECK(messages(sandbox).size() == 1);
  sandbox.pass(milliseconds{1'999});
  CHECK(messages(sandbox).size() == 1);
  sandbox.pass(seconds{5});
  const Json rows = messages(sandbox);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["direction"] == "inbound");
  CHECK(rows[0]["from_"] == kSalon);
  CHECK(rows[0]["from"] == kSalon);
  CHECK(Sandbox::text(rows[0], "body").find("2 pm or 4 pm") != std::string::npos);
  CHECK(rows[1]["id"] == sent.body["id"]);
}

TEST_CASE("both sides of a talk share one conversation, and its preview is the last text") {
  Sandbox sandbox;
  const Answered sent = sandbox.text_to(kSalon, "Can I book an appointment?");
  sandbox.pass(seconds{5});
  sandbox.text_to(kSalon, "4 pm please");
  sandbox.text_to("+14155550120", "hello");
  sandbox.pass(milliseconds{1});
  const Answered list = sandbox.get("/v1/conversations");
  REQUIRE(list.body["total"] == 2);
  CHECK(list.body["data"][0]["participant"] == "+14155550120");
  const Json& row = list.body["data"][1];
  CHECK(row["id"] == sent.body["conversation_id"]);
  CHECK(row["messageCount"] == 3);
  CHECK(row["lastMessagePreview"] == "4 pm please");
  CHECK(row["isGroup"] == false);
  const Answered thread = sandbox.get("/v1/conversations/" + Sandbox::text(row, "id") + "?message_limit=2");
  CHECK(thread.body["messages"].size() == 2);
  CHECK(thread.body["messages"][0]["body"] == "4 pm please");
  CHECK(thread.body["messages"][0]["fromNumber"] == sandbox.starter_number());
  CHECK(thread.body["messageCount"] == 3);
  const Answered of_agent = sandbox.get("/v1/agents/" + sandbox.starter_agent() + "/conversations?limit=1");
  CHECK(of_agent.body["total"] == 2);
  CHECK(of_agent.body["hasMore"] == true);
  CHECK(sandbox.get("/v1/conversations/conv_none").status == 404);
  CHECK(sandbox.get("/v1/agents/agt_none/conversations").status == 404);
}

TEST_CASE("a walk by cursor sees every message once, even those of one instant") {
  Sandbox sandbox;
  for (int i = 0; i < 5; ++i) sandbox.text_to("+14155559999", "text " + std::to_string(i));
  std::vector<std::string> seen;
  std::string before;
  bool more = true;
  while (more) {
    const Answered page = sandbox.get("/v1/numbers/" + sandbox.starter_number_id() + "/messages?limit=2" + before);
    REQUIRE(page.status == 200);
    for (const Json& row : page.body["data"]) seen.push_back(Sandbox::text(row, "body"));
    before = "&before=" + Sandbox::text(page.body["data"].back(), "receivedAt");
    more = page.body["hasMore"] == true;
  }
  CHECK(seen == std::vector<std::string>{"text 4", "text 3", "text 2", "text 1", "text 0"});
}

TEST_CASE("before and after are exclusive times in any ISO form") {
  Sandbox sandbox;
  sandbox.text_to("+14155559999", "first");
  sandbox.pass(seconds{10});
  sandbox.text_to("+14155559999", "second");
  CHECK(messages(sandbox, "?after=2026-01-01T00:00:00.000Z").size() == 1);
  CHECK(messages(sandbox, "?before=2026-01-01T00:00:10.000Z").size() == 1);
  CHECK(messages(sandbox, "?before=2026-01-01T01:00:11%2B01:00").size() == 2);
  CHECK(messages(sandbox, "?before=&after=&limit=").size() == 2);
  const std::string path = "/v1/numbers/" + sandbox.starter_number_id() + "/messages";
  // A bare '+' is a space, so this is no time any more.
  CHECK(first_mistake(sandbox.get(path + "?before=2026-01-01T01:00:11+01:00")) == "before: string_pattern_mismatch");
  CHECK(first_mistake(sandbox.get(path + "?limit=201")) == "limit: less_than_equal");
  CHECK(sandbox.get("/v1/numbers/num_none/messages").status == 404);
}

TEST_CASE("emergency, N11 and crisis lines are never texted or called, however they are written") {
  Sandbox sandbox;
  for (const char* blocked : {"911", "+911", "+1911", "1911", "9-1-1", "(988)", "+1988", "411", "+18002738255",
                              "1 800 273 8255", "933", "112", "999"}) {
    CAPTURE(blocked);
    CHECK(sandbox.text_to(blocked, "help").status == 403);
    CHECK(sandbox.post("/v1/calls", {{"agentId", sandbox.starter_agent()}, {"toNumber", blocked}}).status == 403);
  }
  CHECK(sandbox.get("/v1/conversations").body["total"] == 0);
  CHECK(sandbox.get("/v1/calls").body["total"] == 0);
}

TEST_CASE("a number in American style is understood, and what is no number is a mistake") {
  Sandbox sandbox;
  CHECK(sandbox.text_to("(415) 555-0123", "hi").body["to_number"] == kSalon);
  CHECK(sandbox.text_to("415.555.0123", "hi").body["to_number"] == kSalon);
  CHECK(sandbox.text_to("55512", "hi").status == 200);
  CHECK(first_mistake(sandbox.text_to("+0123", "hi")) == "to_number: string_pattern_mismatch");
  CHECK(first_mistake(sandbox.text_to("nobody", "hi")) == "to_number: string_pattern_mismatch");
  CHECK(sandbox.text_to("friend@example.com", "hi").status == 400);
}

TEST_CASE("from_number beats number_id beats the agent's first number") {
  Sandbox sandbox;
  const std::string agent = sandbox.starter_agent();
  const Json first = sandbox.get("/v1/numbers").body["data"][0];
  const Json second = sandbox.post("/v1/numbers", {{"country", "US"}, {"agentId", agent}}).body;
  Json body = {{"agent_id", agent}, {"to_number", kSalon}, {"body", "hi"}};
  CHECK(sandbox.post("/v1/messages", body).body["from_number"] == first["phoneNumber"]);
  body["number_id"] = second["id"];
  CHECK(sandbox.post("/v1/messages", body).body["from_number"] == second["phoneNumber"]);
  body["from_number"] = first["phoneNumber"];
  CHECK(sandbox.post("/v1/messages", body).body["from_number"] == first["phoneNumber"]);
  body["from_number"] = "+12125550299";
  CHECK(error_code(sandbox.post("/v1/messages", body)) == "PHONE_NUMBER_NOT_FOUND");
}

TEST_CASE("a message that cannot be sent is refused for its own reason") {
  Sandbox sandbox;
  const std::string agent = sandbox.starter_agent();
  CHECK(first_mistake(sandbox.post("/v1/messages", {{"agent_id", agent}, {"to_number", kSalon}})) == "body: missing");
  CHECK(first_mistake(sandbox.post("/v1/messages", {{"agent_id", agent}, {"body", "x"}})) == "to_number: missing");
  CHECK(first_mistake(sandbox.post("/v1/messages", {{"to_number", kSalon}, {"body", "x"}})) == "agent_id: missing");
  CHECK(sandbox.post("/v1/messages", {{"agent_id", "agt_none"}, {"to_number", kSalon}, {"body", "x"}}).status == 404);
  CHECK(sandbox.text_to(kSalon, "").status == 400);
  const std::string bare = Sandbox::text(sandbox.post("/v1/agents", {{"name", "Bare"}}).body, "id");
  CHECK(sandbox.post("/v1/messages", {{"agent_id", bare}, {"to_number", kSalon}, {"body", "x"}}).status == 400);
  CHECK(sandbox
            .post("/v1/messages",
                  {{"agent_id", agent}, {"to_number", kSalon}, {"body", "x"}, {"reply_to_message_id", "msg_none"}})
            .status == 404);
}

TEST_CASE("a picture makes a text an MMS") {
  Sandbox sandbox;
  const Answered sent = sandbox.post("/v1/messages", {{"agent_id", sandbox.starter_agent()},
                                                      {"to_number", kSalon},
                                                      {"body", ""},
                                                      {"media_url", "https://example.com/a.png"}});
  REQUIRE(sent.status == 200);
  CHECK(sent.body["channel"] == "mms");
  CHECK(sent.body["media_urls"][0] == "https://example.com/a.png");
  CHECK(messages(sandbox)[0]["channel"] == "mms");
}

TEST_CASE("a text from outside joins the thread of its number and is nobody else's") {
  Sandbox sandbox;
  const std::string line = sandbox.starter_number();
  CHECK(sandbox.simulator.inject_text("+14155550142", line, "Is this the agent?"));
  CHECK_FALSE(sandbox.simulator.inject_text("+14155550142", "+12125550299", "anyone?"));
  CHECK(messages(sandbox)[0]["body"] == "Is this the agent?");
  sandbox.key = "sk_test_two";
  CHECK(sandbox.get("/v1/conversations").body["total"] == 0);
}

}  // namespace apmcp::test

TEST_SUITE_END();

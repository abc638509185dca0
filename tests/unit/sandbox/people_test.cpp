#include "sandbox/people.h"

#include "unit/sandbox/sandbox_fixture.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::test {
namespace {

using std::chrono::seconds;

struct Ending {
  const char* number;
  const char* status;
};

std::string all_words(const Json& call) {
  std::string words;
  for (const Json& turn : call["transcripts"]) {
    words += Sandbox::text(turn, "transcript") + " | " + Sandbox::text(turn, "response") + "\n";
  }
  return words;
}

/// Everything that is texted back to `body` within a minute.
std::string answer_to(Sandbox& sandbox, const std::string& number, const std::string& body) {
  const std::string thread = Sandbox::text(sandbox.text_to(number, body).body, "conversation_id");
  sandbox.pass(seconds{60});
  const Json newest = sandbox.get("/v1/conversations/" + thread).body["messages"][0];
  return newest["direction"] == "inbound" ? Sandbox::text(newest, "body") : std::string();
}

}  // namespace

TEST_CASE("only the block set aside for fiction is inhabited") {
  CHECK(sandbox::temper_of("+14155550100") == sandbox::Temper::kTalks);
  CHECK(sandbox::temper_of("+12125550199") == sandbox::Temper::kTalks);
  for (const char* nobody : {"+14155550200", "+14155550099", "+14155551234", "+1415555010", "+141555501000",
                             "+24155550100", "+11155550100", "14155550100", "+1415555010x", ""}) {
    CAPTURE(nobody);
    CHECK(sandbox::temper_of(nobody) == sandbox::Temper::kNobody);
  }
}

TEST_CASE("the last two digits decide how a call ends") {
  for (const Ending& ending :
       {Ending{"+14155550101", "busy"}, Ending{"+14155550102", "completed"}, Ending{"+14155550103", "no-answer"},
        Ending{"+14155550104", "failed"}, Ending{"+14155550105", "completed"}, Ending{"+14155550106", "completed"},
        Ending{"+14155550123", "completed"}, Ending{"+14155559999", "failed"}, Ending{"+4930123456", "failed"}}) {
    CAPTURE(ending.number);
    Sandbox sandbox;
    const std::string id = sandbox.call(ending.number);
    CHECK(sandbox.get("/v1/calls/" + id).body["status"] == "in-progress");
    sandbox.pass(seconds{60});
    const Json call = sandbox.get("/v1/calls/" + id).body;
    CHECK(call["status"] == ending.status);
    CHECK(call["transcripts"].empty() == (std::string(ending.status) != "completed"));
  }
}

TEST_CASE("a voicemail takes the agent's message") {
  Sandbox sandbox;
  sandbox.ask("PATCH", "/v1/agents/" + sandbox.starter_agent(), {{"voicemailMessage", "Please call Sam back."}});
  const std::string id = sandbox.call("+14155550102");
  sandbox.pass(seconds{60});
  const std::string words = all_words(sandbox.get("/v1/calls/" + id).body);
  CHECK(words.find("after the tone") != std::string::npos);
  CHECK(words.find("Please call Sam back.") != std::string::npos);
}

TEST_CASE("somebody asks not to be called again") {
  Sandbox sandbox;
  const std::string id = sandbox.call("+14155550105");
  sandbox.pass(seconds{60});
  CHECK(all_words(sandbox.get("/v1/calls/" + id).body).find("do not call this number again") != std::string::npos);
  CHECK(answer_to(sandbox, "+14155550105", "hi").find("do not contact me again") != std::string::npos);
}

TEST_CASE("a call screener hears who calls and why before the person talks") {
  Sandbox sandbox;
  const std::string id = sandbox.call(
      "+14155550106", {{"callScreeningIdentity", "Sam's assistant"}, {"callScreeningPurpose", "a haircut"}});
  sandbox.pass(seconds{90});
  const std::string words = all_words(sandbox.get("/v1/calls/" + id).body);
  CHECK(words.find("screening service") != std::string::npos);
  CHECK(words.find("This is Sam's assistant, calling about a haircut.") != std::string::npos);
  CHECK(words.find("2 pm or 4 pm") != std::string::npos);
}

TEST_CASE("one person texts a code, another texts STOP and then nothing") {
  Sandbox sandbox;
  const std::string code = answer_to(sandbox, "+14155550111", "sign me in");
  CHECK(code.find("verification code is ") != std::string::npos);
  CHECK(answer_to(sandbox, "+14155550111", "again") != code);
  CHECK(answer_to(sandbox, "+14155550112", "hello") == "STOP");
  CHECK(answer_to(sandbox, "+14155550112", "sorry").empty());
  CHECK(answer_to(sandbox, "+14155559999", "anybody?").empty());
}

TEST_CASE("texts are answered to the point") {
  Sandbox sandbox;
  CHECK(answer_to(sandbox, "+14155550123", "Do you have a table?").find("2 pm or 4 pm") != std::string::npos);
  CHECK(answer_to(sandbox, "+14155550123", "2 PM please").find("confirmed") != std::string::npos);
  CHECK(answer_to(sandbox, "+14155550123", "Thanks!").find("welcome") != std::string::npos);
}

TEST_CASE("the talk fits what the call is about") {
  for (const auto& [prompt, word] : std::vector<std::pair<std::string, std::string>>{
           {"Get Sam a manicure on Saturday.", "2 pm or 4 pm"},
           {"Reserve a table for two this evening.", "table"},
           {"Find out where the parcel is.", "depot"},
           {"You are the new agent. Introduce yourself and offer help.", "your own number"},
           {"Whatever.", "2 pm or 4 pm"}}) {
    CAPTURE(prompt);
    const auto plan = sandbox::plan_outbound_call(
        {.far_end = "+14155550123", .agent_name = "Agent", .system_prompt = prompt, .greeting = std::string("Hi")});
    std::string heard;
    for (const auto& line : plan.lines) heard += line.heard + "\n";
    CHECK(heard.find(word) != std::string::npos);
    CHECK(heard.find("{name}") == std::string::npos);
  }
}

}  // namespace apmcp::test

TEST_SUITE_END();

#include <doctest/doctest.h>

#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

const Json kAutonomous{{"agent_id", "agt_1"}, {"to_number", "+14155550123"}, {"system_prompt", "Book a table."}};

Json sent_call(test::PhoneFixture& phone, const Json& arguments) {
  phone.ok("place_call", arguments);
  return Json::parse(phone.upstream.last_body());
}

std::string live_call(const std::string& status) {
  return R"({"id":"call_1","agentId":"agt_1","phoneNumberId":"num_1","fromNumber":"+14155550100",
    "toNumber":"+14155550123","direction":"outbound","status":")" +
         status + R"(","startedAt":"2026-04-19T17:20:11Z","endedAt":null,"transcripts":[
    {"id":"t1","transcript":"","response":"Hi, this is an AI.","createdAt":"2026-04-19T17:20:13Z"},
    {"id":"t2","transcript":"Who is this?","response":null,"createdAt":"2026-04-19T17:20:20Z"}]})";
}

/// A call of 20 turns whose second asks for no more calls.
std::string long_call(const std::string& status, int turns) {
  std::string rows;
  for (int i = 0; i < turns; ++i) {
    const std::string said =
        i == 1 ? "Please take me off your list." : "And what about table " + std::to_string(i) + "?";
    rows += std::string(i == 0 ? "" : ",") + R"({"id":"t)" + std::to_string(i) + R"(","transcript":")" + said +
            R"(","response":"Let me see.","createdAt":"2026-04-19T17:20:20Z"})";
  }
  return R"({"id":"call_1","agentId":"agt_1","phoneNumberId":"num_1","fromNumber":"+14155550100",
    "toNumber":"+14155550123","direction":"outbound","status":")" +
         status + R"(","startedAt":"2026-04-19T17:20:11Z","transcripts":[)" + rows + "]}";
}

TEST_SUITE("unit") {
  TEST_CASE("a wish not to be called again is reported by every later poll, however much was said since") {
    test::PhoneFixture phone;
    for (const int turns : {2, 10, 19}) {
      phone.upstream.on("GET /v1/calls/call_1", long_call("in-progress", turns));
      CHECK(phone.ok("poll_call", {{"call_id", "call_1"}})["transcript"].size() == 2 * static_cast<std::size_t>(turns));
    }
    phone.upstream.on("GET /v1/calls/call_1", long_call("completed", 20));
    for (int poll = 0; poll < 2; ++poll) {
      const Json answer = phone.ok("poll_call", {{"call_id", "call_1"}});
      CHECK(answer["opted_out"] == true);
      CHECK(answer["transcript"].size() == 40);
    }
  }

  TEST_CASE("an autonomous call opens with the AI notice, whatever greeting was given") {
    test::PhoneFixture phone;
    Json arguments = kAutonomous;
    arguments["initial_greeting"] = "Hi, a table please?";
    const Json answer = phone.ok("place_call", arguments);
    const auto spoken = answer["spoken_first"].get<std::string>();
    CHECK(spoken.starts_with("Hello, this is an AI assistant."));
    CHECK(spoken.find("a table please") != std::string::npos);
    CHECK(Json::parse(phone.upstream.last_body())["initialGreeting"] == spoken);
    CHECK(answer["mode"] == "autonomous");
    CHECK(sent_call(phone, kAutonomous)["initialGreeting"] == "Hello, this is an AI assistant.");
  }

  TEST_CASE("with the notice switched off the greeting is spoken as given, and its absence is said") {
    test::PhoneFixture phone;
    phone.disclosure = policy::Disclosure::off();
    CHECK(phone.ok("place_call", kAutonomous)["spoken_first"].get<std::string>().find("generates") !=
          std::string::npos);
    CHECK_FALSE(Json::parse(phone.upstream.last_body()).contains("initialGreeting"));
    Json arguments = kAutonomous;
    arguments["initial_greeting"] = "Hi.";
    CHECK(phone.ok("place_call", arguments)["spoken_first"] == "Hi.");
  }

  TEST_CASE("without system_prompt the call is webhook-driven and says what that needs") {
    test::PhoneFixture phone;
    const Json answer = phone.ok("place_call", {{"agent_id", "agt_1"}, {"to_number", "4155550123"}});
    CHECK(answer["mode"] == "webhook");
    CHECK(answer["note"].get<std::string>().find("set_webhook") != std::string::npos);
    CHECK(answer["note"].get<std::string>().find("+1") != std::string::npos);
    CHECK_FALSE(Json::parse(phone.upstream.last_body()).contains("systemPrompt"));
  }

  TEST_CASE("place_call answers with call_id and names poll_call") {
    test::PhoneFixture phone;
    const Json answer = phone.ok("place_call", kAutonomous);
    CHECK(answer["call_id"] == "call_2");
    CHECK(answer["status"] == "in-progress");
    CHECK(answer["next_step"].get<std::string>().find("poll_call") != std::string::npos);
    CHECK(phone.upstream.lines() == std::vector<std::string>{"POST /v1/calls"});
  }

  TEST_CASE("an unknown outcome of a call says that the phone may be ringing, and it is placed once") {
    test::PhoneFixture phone;
    phone.upstream.on("POST /v1/calls", "", 502)
        .on("GET /v1/agents/agt_1/calls", R"({"data":[],"hasMore":false,"total":0})");
    const Error error = phone.failure("place_call", kAutonomous);
    CHECK(error.code == ErrorCode::kOutcomeUnknown);
    CHECK(error.message.find("may be ringing") != std::string::npos);
    CHECK(error.next_step.find("list_calls") != std::string::npos);
    CHECK(phone.upstream.writes() == 1);
  }

  TEST_CASE("poll_call shows a live call's words so far and when to look again") {
    test::PhoneFixture phone;
    phone.upstream.on("GET /v1/calls/call_1", live_call("in-progress"));
    const auto result = phone.call("poll_call", {{"call_id", "call_1"}});
    REQUIRE(result.ok());
    const Json& answer = result->structured;
    CHECK(answer["live"] == true);
    CHECK(answer["poll_again"] == true);
    CHECK(answer["poll_after_seconds"] == 3);
    REQUIRE(answer["transcript"].size() == 2);  // the empty opening and the pending answer are no turns
    CHECK(answer["transcript"][0]["speaker"] == "agent");
    CHECK(answer["transcript"][1]["speaker"] == "them");
    CHECK(result->text.find("+14155550123 (them): Who is this?") != std::string::npos);
    CHECK(phone.upstream.lines() == std::vector<std::string>{"GET /v1/calls/call_1"});
  }

  TEST_CASE("every state that is not known to be live is over") {
    for (const char* status : {"completed", "failed", "busy", "no-answer", "something-new"}) {
      CAPTURE(status);
      test::PhoneFixture phone;
      phone.upstream.on("GET /v1/calls/call_1", live_call(status));
      const Json answer = phone.ok("poll_call", {{"call_id", "call_1"}});
      CHECK(answer["live"] == false);
      CHECK(answer["poll_again"] == false);
      CHECK_FALSE(answer.contains("poll_after_seconds"));
    }
    for (const char* status : {"queued", "ringing", "ending"}) {
      test::PhoneFixture phone;
      phone.upstream.on("GET /v1/calls/call_1", live_call(status));
      CHECK(phone.ok("poll_call", {{"call_id", "call_1"}})["poll_after_seconds"] == 5);
    }
  }

  TEST_CASE("list_calls lists without transcripts and passes the filters on") {
    test::PhoneFixture phone;
    const Json answer =
        phone.ok("list_calls", {{"status", "completed"}, {"direction", "outbound"}, {"search", "0123"}, {"limit", 5}});
    CHECK(answer["calls"][0]["call_id"] == "call_1");
    CHECK_FALSE(answer["calls"][0].contains("transcript"));
    const std::string line = phone.upstream.lines().back();
    for (const char* part : {"status=completed", "direction=outbound", "search=0123", "limit=5"}) {
      CHECK_MESSAGE(line.find(part) != std::string::npos, part);
    }
    phone.ok("list_calls", {{"agent_id", "agt_1"}});
    CHECK(phone.upstream.lines().back().starts_with("GET /v1/agents/agt_1/calls"));
  }
}

}  // namespace
}  // namespace apmcp

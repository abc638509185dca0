// The task of place_call: the call is watched until it is over.
#include <thread>

#include <doctest/doctest.h>

#include "support/input_fixture.h"
#include "tools/calls.h"
#include "tools/catalog.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

const Json kTaskClient{{"extensions", {{"io.modelcontextprotocol/tasks", Json::object()}}}};
constexpr const char* kRinging = R"({"id":"call_2","agentId":"agt_1","phoneNumberId":"num_1",
  "fromNumber":"+14155550100","toNumber":"+14155550123","direction":"outbound","status":"in-progress",
  "startedAt":"2026-04-19T17:20:11Z","transcripts":[]})";
constexpr const char* kTalking = R"({"id":"call_2","agentId":"agt_1","phoneNumberId":"num_1",
  "fromNumber":"+14155550100","toNumber":"+14155550123","direction":"outbound","status":"in-progress",
  "startedAt":"2026-04-19T17:20:11Z","transcripts":[
    {"id":"tr_1","transcript":"We have 2 pm or 4 pm.","response":null,"createdAt":"2026-04-19T17:20:31Z"}]})";
constexpr const char* kOver = R"({"id":"call_2","agentId":"agt_1","phoneNumberId":"num_1",
  "fromNumber":"+14155550100","toNumber":"+14155550123","direction":"outbound","status":"completed",
  "startedAt":"2026-04-19T17:20:11Z","endedAt":"2026-04-19T17:21:02Z","durationSeconds":51,"transcripts":[
    {"id":"tr_1","transcript":"We have 2 pm or 4 pm.","response":"2 pm, please.","createdAt":"2026-04-19T17:20:31Z"}]})";

/// A call that rings, and a client that knows tasks.
struct TaskPhone {
  TaskPhone() : f(*tools::make_tools(ringing(phone).services)) {}

  Json place(Json arguments = Json::object()) {
    arguments["agent_id"] = "agt_1";
    arguments["to_number"] = "+14155550123";
    arguments["system_prompt"] = "Book a manicure.";
    return f.ask("tools/call", {{"name", "place_call"}, {"arguments", std::move(arguments)}}, kTaskClient)["result"];
  }

  /// Polls, as clients do, until `look` likes the task.
  Json until(const Json& id, const std::function<bool(const Json&)>& look) {
    for (;;) {
      const Json task = f.ask("tasks/get", {{"taskId", id}}, kTaskClient)["result"];
      if (look(task)) return task;
      std::this_thread::yield();
    }
  }

  Json until(const Json& id, const std::string& status) {
    return until(id, [&](const Json& task) { return task["status"] == status; });
  }

  [[nodiscard]] std::size_t count(const std::string& line) const {
    const auto lines = phone.upstream.lines();
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), line));
  }

  test::PhoneFixture phone;
  test::InputFixture f;

 private:
  static test::PhoneFixture& ringing(test::PhoneFixture& phone) {
    phone.upstream.on("GET /v1/calls/call_2", kRinging)
        .on("POST /v1/calls/call_2/end", R"({"id":"call_2","status":"completed"})");
    return phone;
  }
};

TEST_SUITE("unit") {
  TEST_CASE("place_call dials and answers with a task, whose message follows the words and whose result is the call") {
    TaskPhone t;
    const Json created = t.place();
    CHECK(created["resultType"] == "task");
    CHECK(created["status"] == "working");
    CHECK(t.count("POST /v1/calls") == 1);
    t.phone.upstream.on("GET /v1/calls/call_2", kTalking);
    const auto speaks = [](const Json& task) { return task.contains("statusMessage"); };
    CHECK(t.until(created["taskId"], speaks)["statusMessage"] == "+14155550123: We have 2 pm or 4 pm.");
    t.phone.upstream.on("GET /v1/calls/call_2", kOver);
    const Json result = t.until(created["taskId"], "completed")["result"];
    const Json& call = result["structuredContent"];
    CHECK(call["call_id"] == "call_2");
    CHECK(call["status"] == "completed");
    CHECK(call["mode"] == "autonomous");
    CHECK(call["spoken_first"].get<std::string>().find("AI") != std::string::npos);
    CHECK(call["transcript"].size() == 2);
    CHECK(t.count("POST /v1/calls") == 1);
  }

  TEST_CASE("the watch survives what passes, and ends with what does not") {
    TaskPhone t;
    const Json id = t.place()["taskId"];
    t.phone.upstream.fail("GET /v1/calls/call_2", ErrorCode::kUpstreamDown);
    const std::size_t before = t.count("GET /v1/calls/call_2");
    const Json still = t.until(id, [&](const Json&) { return t.count("GET /v1/calls/call_2") > before + 2; });
    CHECK(still["status"] == "working");
    t.phone.upstream.on("GET /v1/calls/call_2", R"({"detail":"Not found"})", 404);
    const Json result = t.until(id, "completed")["result"];
    CHECK(result["isError"] == true);
  }

  TEST_CASE("cancelling the task leaves the call alone, unless the call was placed to end with it") {
    for (const bool hang_up : {false, true}) {
      CAPTURE(hang_up);
      TaskPhone t;
      const Json id = t.place({{"hang_up_on_cancel", hang_up}})["taskId"];
      CHECK(t.f.ask("tasks/cancel", {{"taskId", id}}, kTaskClient)["result"]["resultType"] == "complete");
      t.until(id, "cancelled");
      CHECK(t.count("POST /v1/calls/call_2/end") == (hang_up ? 1 : 0));
    }
  }

  TEST_CASE("a server that ends does not hang up") {
    TaskPhone t;
    t.place({{"hang_up_on_cancel", true}});
    CHECK(t.f.tasks.drain(std::chrono::seconds(5)));
    CHECK(t.count("POST /v1/calls/call_2/end") == 0);
  }

  TEST_CASE("when no more tasks are taken the call that was placed is still told") {
    TaskPhone t;
    for (int i = 0; i < 3; ++i) CHECK(t.place()["resultType"] == "task");
    const Json plain = t.place();
    CHECK(plain["resultType"] == "complete");
    CHECK(plain["structuredContent"]["call_id"] == "call_2");
    CHECK(t.count("POST /v1/calls") == 4);
  }

  TEST_CASE("which agent calls is asked before the call is placed, and then it becomes a task, once") {
    TaskPhone t;
    t.phone.upstream.on("GET /v1/agents", R"({"data":[
      {"id":"agt_1","name":"Desk","voiceMode":"hosted","numbers":[{"id":"num_1","phoneNumber":"+14155550100","status":"active"}]},
      {"id":"agt_2","name":"Night","voiceMode":"hosted","numbers":[{"id":"num_2","phoneNumber":"+14155550101","status":"active"}]}],
      "hasMore":false,"total":2})");
    Json client = kTaskClient;
    client["elicitation"] = Json::object();
    Json params{{"name", "place_call"},
                {"arguments", {{"to_number", "+14155550123"}, {"system_prompt", "Book a manicure."}}}};
    const Json asked = t.f.ask("tools/call", params, client)["result"];
    CHECK(asked["resultType"] == "input_required");
    CHECK(t.count("POST /v1/calls") == 0);
    params["inputResponses"] = {{"agent_id", test::accept("agent_id", "agt_2")}};
    params["requestState"] = asked["requestState"];
    CHECK(t.f.ask("tools/call", params, client)["result"]["resultType"] == "task");
    CHECK(t.f.ask("tools/call", params, client)["error"]["code"] == -32602);
    CHECK(t.count("POST /v1/calls") == 1);
  }

  TEST_CASE("who does not know tasks, or whose call was refused, gets no task") {
    TaskPhone t;
    const Json arguments{{"agent_id", "agt_1"}, {"to_number", "+14155550123"}, {"system_prompt", "Hi"}};
    const Json plain = t.f.ask("tools/call", {{"name", "place_call"}, {"arguments", arguments}}, Json::object());
    CHECK(plain["result"]["structuredContent"]["call_id"] == "call_2");
    t.phone.upstream.on("POST /v1/calls", R"({"detail":"Insufficient balance"})", 402);
    const Json refused = t.place();
    CHECK(refused["resultType"] == "complete");
    CHECK(refused["isError"] == true);
  }
}

}  // namespace
}  // namespace apmcp

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "inbox/sqlite_inbox.h"
#include "mcp/tool_registry.h"
#include "numbers/libphonenumber_plan.h"
#include "tools/catalog.h"
#include "tools/definitions.h"
#include "unit/sandbox/sandbox_fixture.h"
#include "unit/tools/schema_check.h"

namespace apmcp {
namespace {

using std::chrono::seconds;

/// All tools behind the registry, which checks their arguments, over the simulator instead of the service.
class ToolPhone {
 public:
  ToolPhone() {
    REQUIRE(opened_inbox);
    services.inbox = opened_inbox->get();
  }

  /// The structured answer of a call that has to work; it has to fit the output schema.
  Json ok(const std::string& tool, const Json& arguments = Json::object()) {
    CAPTURE(tool);
    auto result = registry.call(tool, arguments, context);
    if (!result) FAIL(tool << " failed: " << result.error().message << " " << result.error().data.dump());
    CHECK(test::schema_mistake(output_schema(tool), result->structured) == "");
    CHECK_FALSE(result->text.empty());
    worked.insert(tool);
    return std::move(result->structured);
  }

  Error failure(const std::string& tool, const Json& arguments) {
    CAPTURE(tool);
    auto result = registry.call(tool, arguments, context);
    REQUIRE_FALSE(result.ok());
    CHECK_FALSE(result.error().message.empty());
    CHECK_FALSE(result.error().next_step.empty());
    failed.insert(tool);
    return std::move(result).error();
  }

  /// Requests to the simulator that may change something.
  [[nodiscard]] std::size_t writes() const {
    const auto all = sandbox.simulator.requests();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const auto& request) { return request.method != "GET"; }));
  }

  /// Signs up; the ids of the new account.
  Json join() {
    const Json started = ok("sign_up", {{"human_email", "sam@example.com"}, {"agent_name", "Sam's assistant"}});
    return ok("verify", {{"verification_id", started["verification_id"]}, {"otp_code", "123456"}});
  }

  test::Sandbox sandbox;
  agentphone::Credentials credentials{std::filesystem::path()};
  agentphone::AgentPhoneApi api{sandbox.simulator, credentials};
  std::unique_ptr<numbers::NumberPlan> number_plan = numbers::make_libphonenumber_plan();
  policy::Disclosure disclosure = policy::Disclosure::standard();
  Result<std::unique_ptr<inbox::Inbox>> opened_inbox = inbox::open_inbox({.file = ":memory:", .clock = &sandbox.clock});
  agentphone::WebhookSecrets webhook_secrets{std::filesystem::path()};
  tools::ToolServices services{.api = api,
                               .credentials = credentials,
                               .number_plan = *number_plan,
                               .disclosure = disclosure,
                               .clock = sandbox.clock,
                               .allow_loopback_urls = true,
                               .webhook_secrets = &webhook_secrets};
  mcp::ToolRegistry registry{*tools::make_tools(services)};
  mcp::RequestContext context;
  std::set<std::string> worked, failed;

 private:
  static Json output_schema(const std::string& tool) {
    for (const auto& definition : tools::definitions()) {
      if (definition.name == tool) return Json::parse(definition.wire)["outputSchema"];
    }
    return Json::object();
  }
};

std::set<std::string> all_names() {
  std::set<std::string> names;
  for (const auto& definition : tools::definitions()) names.emplace(definition.name);
  return names;
}

constexpr const char* kFriend = "+14155550123";

void text_and_read_the_reply(ToolPhone& phone, const Json& own) {
  const Json sent = phone.ok(
      "send_sms", {{"agent_id", own["agent_id"]}, {"to_number", "(415) 555-0123"}, {"body", "Tuesday at two?"}});
  CHECK(sent["sent"]["to_number"] == kFriend);
  CHECK(sent.contains("note"));
  phone.sandbox.pass(seconds{60});
  const Json messages = phone.ok("list_messages", {{"number_id", own["number_id"]}});
  REQUIRE(messages["messages"].size() == 2);
  CHECK(messages["messages"][0]["direction"] == "inbound");
  CHECK(messages["messages"][1]["body"] == "Tuesday at two?");
  const Json reply = phone.ok("wait_for_message", {{"from", kFriend}, {"wait_seconds", 0}});
  CHECK(reply["message"]["message_id"] == messages["messages"][0]["message_id"]);
  const Json later =
      phone.ok("list_messages", {{"number_id", own["number_id"]}, {"after", messages["page"]["newest"]}});
  CHECK(later["messages"].empty());
  const Json threads = phone.ok("list_conversations", {{"agent_id", own["agent_id"]}});
  REQUIRE(threads["conversations"].size() == 1);
  const Json thread =
      phone.ok("get_conversation", {{"conversation_id", threads["conversations"][0]["conversation_id"]}});
  CHECK(thread["messages"].size() == 2);
}

void call_and_hang_up(ToolPhone& phone, const Json& own) {
  const Json placed = phone.ok(
      "place_call", {{"agent_id", own["agent_id"]}, {"to_number", kFriend}, {"system_prompt", "Book a manicure."}});
  const Json call_id{{"call_id", placed["call_id"]}};
  phone.sandbox.pass(seconds{10});
  CHECK(phone.ok("end_call", call_id)["status"] == "ending");
  CHECK(phone.failure("end_call", call_id).code == ErrorCode::kConflict);
  phone.sandbox.pass(seconds{10});
  const Json over = phone.ok("poll_call", call_id);
  CHECK(over["live"] == false);
  CHECK(over["ended_by"] == "end_call");
}

/// What a call to `to_number` ended as.
Json outcome_at(ToolPhone& phone, const Json& own, const std::string& to_number) {
  const Json placed = phone.ok(
      "place_call", {{"agent_id", own["agent_id"]}, {"to_number", to_number}, {"system_prompt", "Book a manicure."}});
  phone.sandbox.pass(seconds{180});
  return phone.ok("poll_call", {{"call_id", placed["call_id"]}, {"wait_seconds", 5}});
}

void call_and_read_the_transcript(ToolPhone& phone, const Json& own) {
  const Json placed = phone.ok(
      "place_call", {{"agent_id", own["agent_id"]}, {"to_number", kFriend}, {"system_prompt", "Book a manicure."}});
  CHECK(placed["mode"] == "autonomous");
  const Json call_id{{"call_id", placed["call_id"]}};
  CHECK(phone.ok("poll_call", call_id)["poll_again"] == true);
  phone.sandbox.pass(seconds{180});
  const Json over = phone.ok("poll_call", call_id);
  CHECK(over["status"] == "completed");
  CHECK(over["poll_again"] == false);
  REQUIRE_FALSE(over["transcript"].empty());
  CHECK(over["outcome"] == "completed");
  CHECK(over["ended_by"] == "agent");
  const Json calls = phone.ok("list_calls", {{"direction", "outbound"}});
  REQUIRE(calls["calls"].size() == 1);
  CHECK(calls["calls"][0]["call_id"] == placed["call_id"]);
}

void make_and_delete_an_agent(ToolPhone& phone) {
  const Json voices = phone.ok("list_voices", {{"gender", "female"}, {"limit", 1}});
  const Json made =
      phone.ok("create_agent",
               {{"name", "Second"}, {"system_prompt", "Take messages."}, {"voice", voices["voices"][0]["voice"]}});
  const Json agent{{"agent_id", made["agent"]["agent_id"]}};
  CHECK(made["agent"]["voice_mode"] == "hosted");
  phone.ok("update_agent", {{"agent_id", agent["agent_id"]}, {"name", "Renamed"}});
  CHECK(phone.ok("get_agent", agent)["agent"]["name"] == "Renamed");
  const Json bought = phone.ok("buy_number", {{"country", "US"}, {"confirm", true}});
  const Json both{{"agent_id", agent["agent_id"]}, {"number_id", bought["number"]["number_id"]}};
  phone.ok("attach_number", both);
  CHECK(phone.ok("list_numbers")["numbers"].size() == 2);
  phone.ok("detach_number", both);
  phone.ok("release_number", {{"number_id", both["number_id"]}, {"confirm", true}});
  CHECK(phone.ok("list_numbers")["numbers"].size() == 1);
  phone.ok("delete_agent", {{"agent_id", agent["agent_id"]}, {"confirm", true}});
  CHECK(phone.ok("list_agents")["agents"].size() == 1);
}

void set_and_test_a_webhook(ToolPhone& phone) {
  CHECK(phone.ok("get_webhook")["configured"] == false);
  const Json first = phone.ok("set_webhook", {{"url", "http://127.0.0.1:8080/hook"}, {"reveal_secret", true}});
  const Json second = phone.ok("set_webhook", {{"url", "http://127.0.0.1:8080/hook"}, {"reveal_secret", true}});
  CHECK(first["webhook"]["secret"] != second["webhook"]["secret"]);
  CHECK(phone.ok("get_webhook")["webhook"]["secret"] != second["webhook"]["secret"]);  // masked
  CHECK(phone.ok("test_webhook")["success"] == true);
  CHECK(second["secret_kept"] == true);
  CHECK(phone.ok("list_events")["events"].empty());  // that webhook is somebody else's
}

TEST_SUITE("contract") {
  TEST_CASE("each of the 27 tools works against the sandbox, from sign-up to the transcript of a call") {
    ToolPhone phone;
    const Json own = phone.join();
    CHECK(phone.ok("account_overview")["numbers_quota"]["used"] == 1);
    text_and_read_the_reply(phone, own);
    call_and_read_the_transcript(phone, own);
    call_and_hang_up(phone, own);
    make_and_delete_an_agent(phone);
    set_and_test_a_webhook(phone);
    CHECK(phone.worked == all_names());
  }

  TEST_CASE("every tool's example is accepted by the sandbox once its ids are real") {
    ToolPhone phone;
    const Json own = phone.join();
    for (const auto& definition : tools::definitions()) {
      Json arguments = Json::parse(definition.example);
      if (definition.effect == "destroys" || !arguments.contains("agent_id")) continue;
      CAPTURE(definition.name);
      arguments["agent_id"] = own["agent_id"];
      if (arguments.contains("number_id")) arguments["number_id"] = own["number_id"];
      if (arguments.contains("url")) arguments["url"] = "http://127.0.0.1:8080/hook";
      if (definition.name == "test_webhook") phone.ok("set_webhook", {{"url", "http://127.0.0.1:8080/hook"}});
      if (definition.name == "place_call" || definition.name == "send_sms") {
        phone.ok("attach_number", {{"agent_id", own["agent_id"]}, {"number_id", own["number_id"]}});  // detached above
      }
      phone.ok(std::string(definition.name), arguments);
    }
  }

  TEST_CASE("a call tells how it ended, and whether the person wants another one") {
    ToolPhone phone;
    const Json own = phone.join();
    CHECK(outcome_at(phone, own, "+14155550123")["outcome"] == "completed");
    CHECK(outcome_at(phone, own, "+14155550101")["outcome"] == "busy");
    CHECK(outcome_at(phone, own, "+14155550102")["outcome"] == "voicemail");
    CHECK(outcome_at(phone, own, "+14155550103")["outcome"] == "no_answer");
    CHECK(outcome_at(phone, own, "+14155550104")["outcome"] == "failed");
    CHECK(outcome_at(phone, own, "+14155550106")["outcome"] == "completed");
    CHECK(outcome_at(phone, own, "+14155550107")["outcome"] == "screened");
    const Json refused = outcome_at(phone, own, "+14155550105");
    CHECK(refused["opted_out"] == true);
    CHECK(refused["next_step"].get<std::string>().find("do not call or text") != std::string::npos);
  }

  TEST_CASE("each tool fails with words and a next step") {
    ToolPhone phone;
    const Json own = phone.join();
    const Json no_agent{{"agent_id", "agt_nobody"}};
    const Json no_number{{"agent_id", own["agent_id"]}, {"number_id", "num_nobody"}};
    phone.failure("sign_up", {{"human_email", "sam@example.com"}});  // has an account now
    phone.failure("verify", {{"verification_id", "ver_nobody"}, {"otp_code", "123456"}});
    for (const char* tool : {"get_agent", "list_conversations", "list_calls", "get_webhook"})
      phone.failure(tool, no_agent);
    phone.failure("update_agent", {{"agent_id", "agt_nobody"}, {"name", "X"}});
    phone.failure("delete_agent", {{"agent_id", "agt_nobody"}, {"confirm", true}});
    phone.failure("create_agent", {{"name", "X"}});
    phone.failure("attach_number", no_number);
    phone.failure("detach_number", no_number);
    phone.failure("buy_number", {{"country", "US"}, {"agent_id", "agt_nobody"}, {"confirm", true}});
    phone.failure("release_number", {{"number_id", "num_nobody"}, {"confirm", true}});
    phone.failure("send_sms", {{"agent_id", "agt_nobody"}, {"to_number", kFriend}, {"body", "Hi"}});
    phone.failure("place_call", {{"agent_id", "agt_nobody"}, {"to_number", kFriend}, {"system_prompt", "Hi"}});
    phone.failure("list_messages", {{"number_id", "num_nobody"}});
    phone.failure("wait_for_message", {{"since", "yesterday"}});
    phone.failure("get_conversation", {{"conversation_id", "conv_nobody"}});
    phone.failure("poll_call", {{"call_id", "call_nobody"}});
    phone.failure("end_call", {{"call_id", "call_nobody"}});
    phone.failure("set_webhook", {{"url", "http://example.com/insecure"}});
    phone.failure("test_webhook", Json::object());  // none is set
    for (const char* tool : {"list_agents", "list_numbers", "list_voices", "list_events"})
      phone.failure(tool, {{"limit", 1000}});
    phone.failure("account_overview", {{"limit", 1}});
    CHECK(phone.failed == all_names());
  }

  TEST_CASE("without confirm the three gated tools leave the sandbox as it is") {
    ToolPhone phone;
    const Json own = phone.join();
    const auto before = phone.writes();
    for (const Json& confirm : std::vector<Json>{nullptr, false, "true", 1}) {
      for (const auto& [tool, arguments] :
           std::vector<std::pair<std::string, Json>>{{"buy_number", {{"country", "US"}}},
                                                     {"release_number", {{"number_id", own["number_id"]}}},
                                                     {"delete_agent", {{"agent_id", own["agent_id"]}}}}) {
        Json attempt = arguments;
        if (!confirm.is_null()) attempt["confirm"] = confirm;
        phone.failure(tool, attempt);
      }
    }
    CHECK(phone.writes() == before);
    CHECK(phone.ok("list_numbers")["numbers"].size() == 1);
    CHECK(phone.ok("list_agents")["agents"].size() == 1);
  }

  TEST_CASE("a text whose answer was cut after it was done is found again and not sent twice") {
    ToolPhone phone;
    const Json own = phone.join();
    phone.sandbox.simulator.add_fault({.method = "POST", .path_prefix = "/v1/messages", .cut = true, .commit = true});
    const Error error =
        phone.failure("send_sms", {{"agent_id", own["agent_id"]}, {"to_number", kFriend}, {"body", "Only once"}});
    CHECK(error.code == ErrorCode::kOutcomeUnknown);
    CHECK(error.data["looked"] == "found");
    const Json messages = phone.ok("list_messages", {{"number_id", own["number_id"]}});
    CHECK(std::count_if(messages["messages"].begin(), messages["messages"].end(),
                        [](const Json& row) { return row["body"] == "Only once"; }) == 1);
  }

  TEST_CASE("a call that was not placed is not reported as placed, and is not placed again") {
    ToolPhone phone;
    const Json own = phone.join();
    phone.sandbox.simulator.add_fault({.method = "POST", .path_prefix = "/v1/calls", .status = 502});
    const Error error = phone.failure(
        "place_call", {{"agent_id", own["agent_id"]}, {"to_number", kFriend}, {"system_prompt", "Book a table."}});
    CHECK(error.code == ErrorCode::kOutcomeUnknown);
    CHECK(error.data["looked"] == "not_seen");
    CHECK(phone.ok("list_calls")["calls"].empty());
  }
}

}  // namespace
}  // namespace apmcp

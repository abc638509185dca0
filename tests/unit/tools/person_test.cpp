// The tools that ask the person, over every way in which a question travels and with every answer there is.
#include <algorithm>
#include <chrono>

#include <doctest/doctest.h>

#include "support/input_fixture.h"
#include "tools/catalog.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

constexpr const char* kTwoAgents = R"({"data":[
  {"id":"agt_1","name":"Desk","voiceMode":"hosted","numbers":[{"id":"num_1","phoneNumber":"+14155550100","status":"active"}]},
  {"id":"agt_2","name":"Night","voiceMode":"hosted","numbers":[{"id":"num_2","phoneNumber":"+14155550101","status":"active"}]},
  {"id":"agt_3","name":"Mute","voiceMode":"hosted","numbers":[]}],"hasMore":false,"total":3})";
constexpr const char* kTwoNumbers = R"({"data":[
  {"id":"num_1","phoneNumber":"+14155550100","country":"US","status":"active","type":"sms","agentId":"agt_1"},
  {"id":"num_2","phoneNumber":"+14155550101","country":"US","status":"active","type":"sms","agentId":null}],
  "hasMore":false,"total":2})";

/// A call that asks, what a person answers to it, and the request to AgentPhone that must then follow.
struct Asking {
  const char* tool;
  Json arguments;
  const char* field;
  Json answer;
  const char* act;
};

std::vector<Asking> all_that_ask() {
  return {{"buy_number", {{"country", "US"}, {"area_code", "415"}}, "confirm", true, "POST /v1/numbers"},
          {"release_number", {{"number_id", "num_1"}}, "confirm", true, "DELETE /v1/numbers/num_1"},
          {"delete_agent", {{"agent_id", "agt_1"}}, "confirm", true, "DELETE /v1/agents/agt_1"},
          {"verify", {{"verification_id", "ver_1"}}, "otp_code", "123456", "POST /v0/agent/verify"},
          {"send_sms", {{"to_number", "+14155550123"}, {"body", "Hi"}}, "agent_id", "agt_2", "POST /v1/messages"},
          {"place_call",
           {{"to_number", "+14155550123"}, {"system_prompt", "Say hello."}},
           "agent_id",
           "agt_2",
           "POST /v1/calls"},
          {"list_messages", Json::object(), "number_id", "num_1", "GET /v1/numbers/num_1/messages"}};
}

/// An account with two agents that can call and two numbers, and a client that shows forms.
class AskedPerson {
 public:
  explicit AskedPerson(mcp::Session::Options options = {})
      : f(*tools::make_tools(with_choices(phone).services), std::move(options)) {}

  /// The call in a handshake revision, with what its client replies to the question: "result" or "error".
  Json in_handshake(const Asking& asking, Json reply) {
    f.send({{"id", "call"},
            {"method", "tools/call"},
            {"params", {{"name", asking.tool}, {"arguments", asking.arguments}}}});
    const Json question = f.sink->sent("elicitation/create");
    CHECK(question["params"]["requestedSchema"]["required"] == Json::array({asking.field}));
    CHECK(acts(asking) == 0);
    reply["id"] = question["id"];
    f.send(std::move(reply));
    return f.sink->answer("call");
  }

  /// One round in 2026-07-28; `more` is what the round before and the person give.
  Json round(const Asking& asking, const Json& more = Json::object()) {
    Json params{{"name", asking.tool}, {"arguments", asking.arguments}};
    params.update(more);
    return f.ask("tools/call", std::move(params), test::kForms);
  }

  /// The first round and what to send with the second, given the person's answer.
  Json second_round(const Asking& asking, const Json& answer) {
    const Json first = round(asking)["result"];
    CHECK(first["resultType"] == "input_required");
    CHECK(first["inputRequests"].contains(asking.field));
    CHECK(acts(asking) == 0);
    return {{"inputResponses", {{asking.field, answer}}}, {"requestState", first["requestState"]}};
  }

  /// How often the account was touched as the call wants it.
  [[nodiscard]] std::size_t acts(const Asking& asking) const {
    const auto lines = phone.upstream.lines();
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.substr(0, line.find('?')) == asking.act;
    }));
  }

  test::PhoneFixture phone;
  test::InputFixture f;

 private:
  static test::PhoneFixture& with_choices(test::PhoneFixture& phone) {
    phone.upstream.on("GET /v1/agents", kTwoAgents).on("GET /v1/numbers", kTwoNumbers);
    return phone;
  }
};

bool is_error_saying(const Json& answer, const std::string& words) {
  return answer.contains("result") && answer["result"].value("isError", false) &&
         test::text_of(answer).find(words) != std::string::npos;
}

/// What a person, or the client, may reply instead of an answer, and what the tool says then.
std::vector<std::pair<Json, std::string>> refusals() {
  return {{{{"action", "decline"}}, "The person declined. Nothing was done."},
          {{{"action", "cancel"}}, "The person closed the question without an answer. Nothing was done."}};
}

TEST_SUITE("unit") {
  TEST_CASE("what the person answers is done, once, in every revision") {
    for (const Asking& asking : all_that_ask()) {
      CAPTURE(asking.tool);
      for (const char* revision : {"2025-06-18", "2025-11-25"}) {
        CAPTURE(revision);
        AskedPerson person;
        person.f.initialize(revision, test::kForms);
        const Json answer = person.in_handshake(asking, {{"result", test::accept(asking.field, asking.answer)}});
        CHECK_FALSE(answer["result"].value("isError", false));
        CHECK(person.acts(asking) == 1);
      }
      AskedPerson person;
      const Json more = person.second_round(asking, test::accept(asking.field, asking.answer));
      const Json answer = person.round(asking, more);
      CHECK_MESSAGE(answer["result"]["resultType"] == "complete", answer.dump());
      CHECK_FALSE(answer["result"].value("isError", false));
      CHECK(person.acts(asking) == 1);
    }
  }

  TEST_CASE("declined or cancelled: nothing is done, and the answer says so") {
    for (const Asking& asking : all_that_ask()) {
      CAPTURE(asking.tool);
      for (const auto& [reply, words] : refusals()) {
        CAPTURE(words);
        AskedPerson legacy;
        legacy.f.initialize("2025-11-25", test::kForms);
        CHECK(is_error_saying(legacy.in_handshake(asking, {{"result", reply}}), words));
        CHECK(legacy.acts(asking) == 0);
        AskedPerson modern;
        CHECK(is_error_saying(modern.round(asking, modern.second_round(asking, reply)), words));
        CHECK(modern.acts(asking) == 0);
      }
      AskedPerson refusing;
      refusing.f.initialize("2025-11-25", test::kForms);
      const Json error{{"error", {{"code", -1}, {"message", "User rejected"}}}};
      CHECK(is_error_saying(refusing.in_handshake(asking, error), "Nothing was done."));
      CHECK(refusing.acts(asking) == 0);
    }
  }

  TEST_CASE("nobody answers in time: nothing is done") {
    for (const Asking& asking : all_that_ask()) {
      CAPTURE(asking.tool);
      AskedPerson legacy({.caller = "", .input_timeout = std::chrono::milliseconds(1)});
      legacy.f.initialize("2025-11-25", test::kForms);
      legacy.f.send({{"id", "call"},
                     {"method", "tools/call"},
                     {"params", {{"name", asking.tool}, {"arguments", asking.arguments}}}});
      CHECK(is_error_saying(legacy.f.sink->answer("call"), "Nothing was done."));
      CHECK(legacy.acts(asking) == 0);
      AskedPerson modern;
      const Json late = modern.second_round(asking, test::accept(asking.field, asking.answer));
      modern.f.clock.advance(std::chrono::minutes(11));
      CHECK(modern.round(asking, late)["error"]["code"] == -32602);
      CHECK(modern.acts(asking) == 0);
    }
  }

  TEST_CASE("a replayed, altered or borrowed state does nothing, and neither does an answer without one") {
    for (const Asking& asking : all_that_ask()) {
      CAPTURE(asking.tool);
      AskedPerson person;
      const Json yes = test::accept(asking.field, asking.answer);
      const Json stateless{{"inputResponses", {{asking.field, yes}}}};
      CHECK(person.round(asking, stateless)["result"]["resultType"] == "input_required");

      Json altered = person.second_round(asking, yes);
      altered["requestState"] = altered["requestState"].get<std::string>() + "A";
      CHECK(person.round(asking, altered)["error"]["code"] == -32602);

      Asking other = asking;
      other.arguments["agent_id"] = "agt_9";
      other.arguments["number_id"] = "num_9";
      const Json borrowed = person.second_round(asking, yes);
      CHECK_FALSE(person.round(other, borrowed).value("result", Json::object()).contains("content"));
      CHECK(person.acts(asking) == 0);

      CHECK(person.round(asking, borrowed).contains("result"));
      CHECK(person.acts(asking) == 1);
      CHECK(person.round(asking, borrowed)["error"]["code"] == -32602);
      CHECK(person.acts(asking) == 1);
    }
  }

  TEST_CASE("a state of another caller does nothing") {
    const Asking asking = all_that_ask().front();
    AskedPerson sam({.caller = "sam"});
    const Json more = sam.second_round(asking, test::accept(asking.field, asking.answer));
    AskedPerson eve({.caller = "eve"});
    CHECK(eve.round(asking, more)["error"]["code"] == -32602);
    CHECK(eve.acts(asking) == 0);
  }

  TEST_CASE("the question of a gated tool is its preview; unticked is a no, whatever the model says") {
    const Asking asking = all_that_ask()[1];
    AskedPerson person;
    const Json first = person.round(asking)["result"];
    const std::string message = first["inputRequests"]["confirm"]["params"]["message"];
    for (const char* part : {"+14155550100", "never comes back", "not refunded", "Do it?"}) {
      CHECK_MESSAGE(message.find(part) != std::string::npos, part);
    }
    const Json unticked = person.second_round(asking, test::accept("confirm", false));
    CHECK(is_error_saying(person.round(asking, unticked), "The person declined."));
    CHECK(person.acts(asking) == 0);
    Asking confirmed = asking;
    confirmed.arguments["confirm"] = true;
    CHECK(person.round(confirmed)["result"]["resultType"] == "input_required");
    CHECK(person.acts(asking) == 0);
    person.phone.services.confirmation = policy::Confirmation::kArgument;
    CHECK(person.round(confirmed)["result"]["resultType"] == "complete");
    CHECK(person.acts(asking) == 1);
  }

  TEST_CASE("what was agreed to is what was shown: when the price list changes, the person is asked again") {
    const Asking asking = all_that_ask().front();
    AskedPerson person;
    const Json more = person.second_round(asking, test::accept("confirm", true));
    person.phone.upstream.on("GET /v1/usage", "{}", 500);
    CHECK(person.round(asking, more)["result"]["resultType"] == "input_required");
    CHECK(person.acts(asking) == 0);
  }

  TEST_CASE("where the operator wants the person's own answer, confirm true is not enough") {
    for (const Asking& asking : all_that_ask()) {
      if (std::string(asking.field) != "confirm") continue;
      CAPTURE(asking.tool);
      AskedPerson person;
      person.phone.services.confirmation = policy::Confirmation::kPerson;
      Asking confirmed = asking;
      confirmed.arguments["confirm"] = true;
      const Json more = person.second_round(confirmed, test::accept("confirm", true));
      CHECK(person.round(confirmed, more)["result"]["resultType"] == "complete");
      CHECK(person.acts(asking) == 1);
      const Error mute = person.phone.failure(asking.tool, confirmed.arguments);
      CHECK(mute.code == ErrorCode::kPolicyDenied);
      CHECK(mute.next_step.find("elicitation") != std::string::npos);
      CHECK(person.acts(asking) == 1);
    }
  }

  TEST_CASE("without forms a missing code or an open choice is an error that says what to give") {
    AskedPerson person;
    for (const Asking& asking : all_that_ask()) {
      if (std::string(asking.field) == "confirm") continue;
      CAPTURE(asking.tool);
      const Error error = person.phone.failure(asking.tool, asking.arguments);
      CHECK(error.code == ErrorCode::kBadArguments);
      CHECK(error.message.find(asking.field) != std::string::npos);
      CHECK(error.data["field"] == asking.field);
    }
    const Error open = person.phone.failure("send_sms", {{"to_number", "+14155550123"}, {"body", "Hi"}});
    for (const char* part : {"Desk (agt_1)", "Night (agt_2)"}) {
      CHECK_MESSAGE(open.message.find(part) != std::string::npos, part);
    }
    CHECK(open.message.find("agt_3") == std::string::npos);  // it has no number
    CHECK(open.data["choices"].size() == 2);
    CHECK(person.phone.upstream.writes() == 0);
  }

  TEST_CASE("the only agent or number is taken, and the answer says so") {
    test::PhoneFixture phone;
    const Json text = phone.ok("send_sms", {{"to_number", "+14155550123"}, {"body", "Hi"}});
    CHECK(text["note"] == "Taken: Caller (agt_1) +14155550100, the only agent with a number.");
    CHECK(Json::parse(phone.upstream.last_body())["agent_id"] == "agt_1");
    const Json call = phone.ok("place_call", {{"to_number", "+14155550123"}, {"system_prompt", "Hello."}});
    CHECK(call["note"] == text["note"]);
    CHECK(phone.ok("list_messages", Json::object())["note"] == "Taken: +14155550100 (num_1), the only number.");
  }

  TEST_CASE("a number that is given says which agent is meant") {
    AskedPerson person;
    const Json sent =
        person.phone.ok("send_sms", {{"to_number", "+14155550123"}, {"body", "Hi"}, {"number_id", "num_2"}});
    CHECK(sent["note"].get<std::string>().find("agt_2") != std::string::npos);
    const Error none =
        person.phone.failure("send_sms", {{"to_number", "+14155550123"}, {"body", "Hi"}, {"number_id", "num_9"}});
    CHECK(none.message.find("num_9") != std::string::npos);
    CHECK(none.next_step.find("attach_number") != std::string::npos);
  }

  TEST_CASE("what was typed as a code and is none is not sent") {
    for (const char* typed : {"12345", "1234567", "12345a", "", "sk_live"}) {
      CAPTURE(typed);
      const Asking asking = all_that_ask()[3];
      AskedPerson person;
      const Json answer = person.round(asking, person.second_round(asking, test::accept("otp_code", typed)));
      CHECK(is_error_saying(answer, "Nothing was sent."));
      CHECK(person.acts(asking) == 0);
    }
  }
}

}  // namespace
}  // namespace apmcp

// Asking a client of 2026-07-28: the call is answered with what is needed, and comes again with it.
#include <doctest/doctest.h>

#include "support/input_fixture.h"

using apmcp::Json;
using apmcp::Result;
using apmcp::mcp::AnswerProof;
using apmcp::mcp::RequestContext;
using apmcp::mcp::Tool;
using apmcp::mcp::ToolOutput;
using apmcp::test::accept;
using apmcp::test::any_tool;
using apmcp::test::InputFixture;
using apmcp::test::kForms;
using apmcp::test::question;
using apmcp::test::said;
using apmcp::test::text_of;

namespace {

std::vector<Tool> asking_tools() {
  std::vector<Tool> all;
  all.push_back(any_tool("greet", [](const Json&, RequestContext& context) -> Result<ToolOutput> {
    const auto answer = context.ask(question("name"));
    if (!answer) return answer.error();
    if ((*answer)["action"] != "accept") return said("Nobody to greet.");
    return said("Hello, " + (*answer)["content"]["name"].get<std::string>() + "!");
  }));
  all.push_back(any_tool("paint", [](const Json&, RequestContext& context) -> Result<ToolOutput> {
    const auto thing = context.ask(question("thing"));
    if (!thing) return thing.error();
    const auto color = context.ask(question("color"));
    if (!color) return color.error();
    return said((*color)["content"]["color"].get<std::string>() + " " +
                (*thing)["content"]["thing"].get<std::string>());
  }));
  all.push_back(any_tool("count", [](const Json&, RequestContext& context) -> Result<ToolOutput> {
    context.state["runs"] = context.state.value("runs", 0) + 1;
    const auto answer = context.ask(question("ok"));
    if (!answer) return answer.error();
    return said("runs: " + context.state["runs"].dump());
  }));
  all.push_back(any_tool("pay", [](const Json& arguments, RequestContext& context) -> Result<ToolOutput> {
    auto consent = question("consent");
    consent.params["message"] = "Pay " + arguments.value("amount", "nothing") + "?";
    const auto answer = context.ask(consent, AnswerProof::kSealed);
    if (!answer) return answer.error();
    return said("paid " + arguments.value("amount", "nothing"));
  }));
  all.push_back(any_tool("sample", [](const Json&, RequestContext& context) -> Result<ToolOutput> {
    const auto answer =
        context.ask({.key = "line", .method = "sampling/createMessage", .params = Json{{"maxTokens", 9}}});
    if (!answer) return answer.error();
    return said((*answer)["content"]["text"].get<std::string>());
  }));
  return all;
}

Json pay(const Json& more = Json::object()) {
  Json params{{"name", "pay"}, {"arguments", {{"amount", "5"}}}};
  params.update(more);
  return params;
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("the first round says what is needed, the second has it") {
    InputFixture f(asking_tools());
    const Json first = f.ask("tools/call", {{"name", "greet"}}, kForms)["result"];
    CHECK(first["resultType"] == "input_required");
    CHECK(first["inputRequests"]["name"]["method"] == "elicitation/create");
    CHECK(first["inputRequests"]["name"]["params"]["message"] == "Your name?");
    CHECK(first["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "test");
    CHECK_FALSE(first.contains("requestState"));  // nothing to carry: a client need not send anything back
    CHECK_FALSE(first.contains("content"));
    const Json second = f.ask(
        "tools/call", {{"name", "greet"}, {"inputResponses", {{"name", accept("name", "Ada")}, {"extra", 1}}}}, kForms);
    CHECK(second["result"]["resultType"] == "complete");
    CHECK(text_of(second) == "Hello, Ada!");
  }

  TEST_CASE("what is no answer is asked again, to decline is an answer") {
    InputFixture f(asking_tools());
    for (const char* answer :
         {"null", "5", R"("Ada")", "{}", R"({"action":"maybe"})", R"({"action":"accept"})",
          R"({"action":"accept","content":{"nickname":"A"}})", R"({"action":"accept","content":[1]})"}) {
      const Json responses{{"name", Json::parse(answer)}};
      const Json again = f.ask("tools/call", {{"name", "greet"}, {"inputResponses", responses}}, kForms);
      CHECK_MESSAGE(again["result"]["resultType"] == "input_required", answer);
    }
    const Json wrong_key =
        f.ask("tools/call", {{"name", "greet"}, {"inputResponses", {{"wrong", accept("a", 1)}}}}, kForms);
    CHECK(wrong_key["result"]["inputRequests"].contains("name"));
    const Json no_object = f.ask("tools/call", {{"name", "greet"}, {"inputResponses", 7}}, kForms);
    CHECK(no_object["error"]["code"] == -32602);
    const Json declined =
        f.ask("tools/call", {{"name", "greet"}, {"inputResponses", {{"name", {{"action", "decline"}}}}}}, kForms);
    CHECK(text_of(declined) == "Nobody to greet.");
  }

  TEST_CASE("answers of earlier rounds travel in the state, which is another one each time") {
    InputFixture f(asking_tools());
    f.ask("tools/call", {{"name", "paint"}}, kForms);
    const Json second = f.ask(
        "tools/call", {{"name", "paint"}, {"inputResponses", {{"thing", accept("thing", "door")}}}}, kForms)["result"];
    CHECK(second["inputRequests"].size() == 1);
    CHECK(second["inputRequests"].contains("color"));
    const Json state = second["requestState"];
    const Json undecided = f.ask(
        "tools/call", {{"name", "paint"}, {"requestState", state}, {"inputResponses", {{"color", nullptr}}}}, kForms);
    CHECK(undecided["result"]["requestState"] != state);
    const Json third =
        f.ask("tools/call",
              {{"name", "paint"},
               {"requestState", state},
               {"inputResponses", {{"color", accept("color", "red")}, {"thing", accept("thing", "car")}}}},
              kForms);
    CHECK(text_of(third) == "red door");  // what was settled stands
  }

  TEST_CASE("a client that lost the state starts again") {
    InputFixture f(asking_tools());
    const Json again = f.ask("tools/call", {{"name", "paint"}, {"inputResponses", {{"color", accept("color", "red")}}}},
                             kForms)["result"];
    CHECK(again["inputRequests"].contains("thing"));
  }

  TEST_CASE("what a handler notes is there when it runs again") {
    InputFixture f(asking_tools());
    const Json first = f.ask("tools/call", {{"name", "count"}}, kForms)["result"];
    const Json second = f.ask(
        "tools/call",
        {{"name", "count"}, {"requestState", first["requestState"]}, {"inputResponses", {{"ok", accept("ok", "yes")}}}},
        kForms);
    CHECK(text_of(second) == "runs: 2");
  }

  TEST_CASE("state that is changed, old, or of another call is refused and not asked again") {
    InputFixture f(asking_tools());
    const std::string state = f.ask("tools/call", pay(), kForms)["result"]["requestState"];
    const Json yes{{"consent", accept("consent", "yes")}};
    const auto code = [&](Json params) {
      params["inputResponses"] = yes;
      return f.ask("tools/call", std::move(params), kForms)["error"]["code"];
    };
    CHECK(code(pay({{"requestState", state + "-TAMPERED"}})) == -32602);
    CHECK(code(pay({{"requestState", 5}})) == -32602);
    CHECK(code(pay({{"requestState", std::string(100'000, 'A')}})) == -32602);
    CHECK(code(pay({{"requestState", state}, {"arguments", {{"amount", "500"}}}})) == -32602);
    CHECK(code({{"name", "count"}, {"requestState", state}}) == -32602);
    f.clock.advance(std::chrono::minutes(10));
    CHECK(code(pay({{"requestState", state}})) == -32602);
  }

  TEST_CASE("state of another caller is refused") {
    InputFixture f(asking_tools(), {.caller = "ada"});
    const Json state = f.ask("tools/call", pay(), kForms)["result"]["requestState"];
    const auto sink = std::make_shared<apmcp::test::RecordingSink>();
    const auto other = apmcp::mcp::Session::create(f.server, f.executor, sink, {.caller = "mallory"});
    Json params = pay({{"requestState", state}, {"inputResponses", {{"consent", accept("consent", "yes")}}}});
    params["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                       {"io.modelcontextprotocol/clientCapabilities", kForms}};
    other->receive(Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "tools/call"}, {"params", params}}.dump());
    CHECK(sink->answer(1)["error"]["code"] == -32602);
    CHECK(other->drain(std::chrono::seconds(5)));
  }

  TEST_CASE("where an answer must be proved, one without our state is no answer") {
    InputFixture f(asking_tools());
    const Json yes{{"consent", accept("consent", "yes")}};
    const Json unasked = f.ask("tools/call", pay({{"inputResponses", yes}}), kForms)["result"];
    CHECK(unasked["resultType"] == "input_required");
    const Json state = unasked["requestState"];
    const Json paid = f.ask("tools/call", pay({{"inputResponses", yes}, {"requestState", state}}), kForms);
    CHECK(text_of(paid) == "paid 5");
    const Json twice = f.ask("tools/call", pay({{"inputResponses", yes}, {"requestState", state}}), kForms);
    CHECK(twice["error"]["code"] == -32602);
  }

  TEST_CASE("a client is asked only for what this request declares") {
    InputFixture f(asking_tools());
    const Json refused = f.ask("tools/call", {{"name", "sample"}}, kForms);
    CHECK(refused["error"]["code"] == -32021);
    CHECK(refused["error"]["data"] == Json::parse(R"({"requiredCapabilities":{"sampling":{}}})"));
    const Json asked = f.ask("tools/call", {{"name", "sample"}}, {{"sampling", Json::object()}});
    CHECK(asked["result"]["inputRequests"]["line"]["params"]["maxTokens"] == 9);
  }

  TEST_CASE("no request of the server ever goes to a client of this revision") {
    InputFixture f(asking_tools());
    f.ask("tools/call", {{"name", "greet"}}, kForms);
    for (const Json& message : f.sink->all()) CHECK_FALSE(message.contains("method"));
  }
}

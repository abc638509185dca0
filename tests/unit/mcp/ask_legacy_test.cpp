// Asking a client of a handshake revision: the handler waits for the answer to a request of its own.
#include <chrono>
#include <latch>

#include <doctest/doctest.h>

#include "support/input_fixture.h"

using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::Result;
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

/// Asks for a name and greets; tells what went wrong.
Tool greeter() {
  return any_tool("greet", [](const Json&, RequestContext& context) -> Result<ToolOutput> {
    const auto answer = context.ask(question("name"));
    if (!answer) return answer.error();
    if ((*answer)["action"] != "accept") return said("Nobody to greet.");
    return said("Hello, " + (*answer)["content"]["name"].get<std::string>() + "!");
  });
}

std::vector<Tool> only(Tool tool) {
  std::vector<Tool> tools;
  tools.push_back(std::move(tool));
  return tools;
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("the handler waits until the client answers, and then goes on") {
    InputFixture f(only(greeter()));
    f.initialize("2025-11-25", kForms);
    f.call(1, "greet");
    const Json asked = f.sink->sent("elicitation/create");
    CHECK(asked["params"]["message"] == "Your name?");
    CHECK(asked["params"]["mode"] == "form");
    f.send({{"id", asked["id"]}, {"result", accept("name", "Ada")}});
    CHECK(text_of(f.sink->answer(1)) == "Hello, Ada!");
  }

  TEST_CASE("to decline is an answer, to refuse or to talk nonsense is an error the model can read") {
    InputFixture f(only(greeter()));
    f.initialize("2025-11-25", kForms);
    const std::vector<std::pair<Json, std::string>> answers{
        {{{"result", {{"action", "decline"}}}}, "Nobody to greet."},
        {{{"error", {{"code", -1}, {"message", "User rejected"}}}},
         "The client refused elicitation/create: User rejected"},
        {{{"result", {{"action", "accept"}, {"content", Json::object()}}}},
         "The client answered elicitation/create with something that is no answer to it."}};
    for (std::size_t i = 0; i < answers.size(); ++i) {
      f.call(i, "greet");
      Json answer = answers[i].first;
      answer["id"] = f.sink->sent("elicitation/create", i)["id"];
      f.send(answer);
      CHECK(text_of(f.sink->answer(i)) == answers[i].second);
    }
    CHECK(f.sink->answer(1)["result"]["structuredContent"]["error"]["code"] == "input_refused");
  }

  TEST_CASE("questions that travel together are answered in any order, and stray answers count for nothing") {
    InputFixture f(only(any_tool("both", [](const Json&, RequestContext& context) -> Result<ToolOutput> {
      const std::vector<apmcp::mcp::InputRequest> questions{question("first"), question("second")};
      const auto answers = context.ask(questions);
      if (!answers) return answers.error();
      return said((*answers)[0]["content"]["first"].get<std::string>() +
                  (*answers)[1]["content"]["second"].get<std::string>());
    })));
    f.initialize("2025-11-25", kForms);
    f.call(1, "both");
    const Json first = f.sink->sent("elicitation/create", 0);
    const Json second = f.sink->sent("elicitation/create", 1);
    CHECK(first["id"] != second["id"]);
    f.send({{"id", 4711}, {"result", accept("first", "stray")}});
    f.send({{"id", "1"}, {"result", accept("first", "stray")}});
    f.send({{"id", second["id"]}, {"result", accept("second", "b")}});
    f.send({{"id", second["id"]}, {"result", accept("second", "again")}});
    f.send({{"id", first["id"]}, {"result", accept("first", "a")}});
    CHECK(text_of(f.sink->answer(1)) == "ab");
  }

  TEST_CASE("an answer from another session is not taken") {
    InputFixture f(only(greeter()));
    f.initialize("2025-11-25", kForms);
    const auto other_sink = std::make_shared<apmcp::test::RecordingSink>();
    const auto other = apmcp::mcp::Session::create(f.server, f.executor, other_sink, {});
    f.call(1, "greet");
    const Json asked = f.sink->sent("elicitation/create");
    Json answer{{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", accept("name", "Mallory")}};
    other->receive(answer.dump());
    answer["result"] = accept("name", "Ada");
    f.session->receive(answer.dump());
    CHECK(text_of(f.sink->answer(1)) == "Hello, Ada!");
  }

  TEST_CASE("a client that did not say it can is not asked") {
    InputFixture f(only(greeter()));
    for (const auto& [revision, capabilities] :
         std::vector<std::pair<std::string, Json>>{{"2025-11-25", Json::object()},
                                                   {"2025-11-25", {{"elicitation", {{"url", Json::object()}}}}},
                                                   {"2025-03-26", kForms}}) {
      const auto sink = std::make_shared<apmcp::test::RecordingSink>();
      const auto session = apmcp::mcp::Session::create(f.server, f.executor, sink, {});
      session->receive(Json{{"jsonrpc", "2.0"},
                            {"id", 0},
                            {"method", "initialize"},
                            {"params",
                             {{"protocolVersion", revision},
                              {"capabilities", capabilities},
                              {"clientInfo", {{"name", "c"}, {"version", "1"}}}}}}
                           .dump());
      session->receive(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greet"}})");
      const Json answer = sink->answer(1);
      CHECK(answer["result"]["isError"] == true);
      CHECK(text_of(answer).starts_with("This needs a client with elicitation.form"));
      CHECK(session->drain(std::chrono::seconds(5)));
    }
  }

  TEST_CASE("a client that never answers is told to forget the question, and the model hears of it") {
    InputFixture f(only(greeter()), {.input_timeout = std::chrono::milliseconds(0)});
    f.initialize("2025-11-25", kForms);
    f.call(1, "greet");
    const Json asked = f.sink->sent("elicitation/create");
    CHECK(f.sink->sent("notifications/cancelled")["params"]["requestId"] == asked["id"]);
    CHECK(f.sink->answer(1)["result"]["structuredContent"]["error"]["code"] == "timeout");
    f.send({{"id", asked["id"]}, {"result", accept("name", "late")}});  // changes nothing any more
    CHECK(f.sink->all().size() == 4);
  }

  TEST_CASE("cancelling the call ends the wait, withdraws the question and is not answered") {
    InputFixture f(only(greeter()));
    f.initialize("2025-11-25", kForms);
    f.call(1, "greet");
    const Json asked = f.sink->sent("elicitation/create");
    f.send({{"method", "notifications/cancelled"}, {"params", {{"requestId", 1}}}});
    CHECK(f.sink->sent("notifications/cancelled")["params"]["requestId"] == asked["id"]);
    CHECK(f.session->drain(std::chrono::seconds(5)));
    CHECK(f.sink->all().size() == 3);
  }

  TEST_CASE("when the session ends nobody waits any more") {
    InputFixture f(only(greeter()));
    f.initialize("2025-11-25", kForms);
    f.call(1, "greet");
    f.sink->sent("elicitation/create");
    f.session->cancel_all();
    CHECK(f.session->drain(std::chrono::seconds(5)));
  }

  TEST_CASE("handlers that wait for the client do not keep other calls waiting") {
    InputFixture f([] {
      std::vector<Tool> tools = only(greeter());
      tools.push_back(
          any_tool("quick", [](const Json&, RequestContext&) -> Result<ToolOutput> { return said("done"); }));
      return tools;
    }());
    f.initialize("2025-11-25", kForms);
    for (int id = 1; id <= 5; ++id) f.call(id, "greet");  // more than the executor has threads
    for (int n = 0; n < 5; ++n) f.sink->sent("elicitation/create", static_cast<std::size_t>(n));
    f.call(6, "quick");
    CHECK(text_of(f.sink->answer(6)) == "done");
    for (std::size_t n = 0; n < 5; ++n) {
      f.send({{"id", f.sink->sent("elicitation/create", n)["id"]}, {"result", accept("name", "Ada")}});
    }
    for (int id = 1; id <= 5; ++id) CHECK(text_of(f.sink->answer(id)) == "Hello, Ada!");
  }
}

// The extension io.modelcontextprotocol/tasks as a client of 2026-07-28 sees it.
#include <mutex>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "support/input_fixture.h"

using apmcp::Error;
using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::Result;
using apmcp::Status;
using apmcp::mcp::RequestContext;
using apmcp::mcp::TaskSupport;
using apmcp::mcp::Tool;
using apmcp::mcp::ToolOutput;
using apmcp::test::accept;
using apmcp::test::any_tool;
using apmcp::test::InputFixture;
using apmcp::test::question;
using apmcp::test::said;

namespace {

const Json kExtension{{"extensions", {{"io.modelcontextprotocol/tasks", Json::object()}}}};
const Json kExtensionAndForms{{"elicitation", Json::object()},
                              {"extensions", {{"io.modelcontextprotocol/tasks", Json::object()}}}};

Tool task_tool(std::string_view name, TaskSupport support, apmcp::mcp::ToolHandler handler) {
  Tool tool = any_tool(name, std::move(handler));
  tool.task_support = support;
  return tool;
}

std::vector<Tool> tools() {
  std::vector<Tool> all;
  all.push_back(any_tool("plain", [](const Json&, RequestContext&) -> Result<ToolOutput> { return said("plain"); }));
  all.push_back(task_tool("compute", TaskSupport::kMay,
                          [](const Json&, RequestContext&) -> Result<ToolOutput> { return said("computed"); }));
  all.push_back(task_tool("failing", TaskSupport::kMust, [](const Json&, RequestContext&) -> Result<ToolOutput> {
    return Error{.code = ErrorCode::kNotFound, .message = "No such thing."};
  }));
  all.push_back(task_tool("breaking", TaskSupport::kMust, [](const Json&, RequestContext&) -> Result<ToolOutput> {
    return Error{.code = ErrorCode::kInvalidParams, .message = "Broken."};
  }));
  all.push_back(task_tool("confirm", TaskSupport::kMay, [](const Json&, RequestContext& context) -> Result<ToolOutput> {
    const auto answer = context.ask(question("ok"));
    if (!answer) return answer.error();
    return said("confirmed " + (*answer)["content"]["ok"].get<std::string>());
  }));
  Tool greeter = task_tool("greet", TaskSupport::kMay, [](const Json&, RequestContext& context) -> Result<ToolOutput> {
    return said("Hello, " + context.state["name"].get<std::string>() + "!");
  });
  greeter.preflight = [](const Json&, RequestContext& context) -> Status {
    const auto answer = context.ask(question("name"));
    if (!answer) return answer.error();
    context.state["name"] = (*answer)["content"]["name"];
    return apmcp::Unit{};
  };
  all.push_back(std::move(greeter));
  return all;
}

/// subscriptions/listen, whose answer comes at its end.
std::string listen_text(const Json& notifications, const Json& capabilities, int id = 7) {
  return Json{{"jsonrpc", "2.0"},
              {"id", id},
              {"method", "subscriptions/listen"},
              {"params",
               {{"notifications", notifications},
                {"_meta",
                 {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                  {"io.modelcontextprotocol/clientCapabilities", capabilities}}}}}}
      .dump();
}

void listen(InputFixture& f, const Json& notifications, const Json& capabilities, int id = 7) {
  f.session->receive(listen_text(notifications, capabilities, id));
}

/// The same for a listen that ends at once.
Json listen_answer(InputFixture& f, const Json& notifications, const Json& capabilities, int id) {
  listen(f, notifications, capabilities, id);
  return f.sink->answer(id);
}

/// The first notifications/tasks with this status.
Json told(InputFixture& f, std::string_view status) {
  for (std::size_t n = 0;; ++n) {
    Json message = f.sink->sent("notifications/tasks", n);
    if (message["params"]["status"] == status) return message["params"];
  }
}

Json call(InputFixture& f, const std::string& tool, const Json& capabilities, const Json& more = Json::object()) {
  Json params{{"name", tool}};
  params.update(more);
  return f.ask("tools/call", std::move(params), capabilities);
}

/// Polls, as clients do, until the task has this status.
Json poll(InputFixture& f, const Json& id, std::string_view status) {
  for (;;) {
    Json task = f.ask("tasks/get", {{"taskId", id}}, kExtension)["result"];
    if (task["status"] == status) return task;
    std::this_thread::yield();
  }
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a client that declares tasks gets one at once, and its result later") {
    InputFixture f(tools());
    const Json created = call(f, "compute", kExtension)["result"];
    CHECK(created["resultType"] == "task");
    CHECK(created["status"] == "working");
    CHECK(created["ttlMs"].is_number_integer());
    CHECK(created["pollIntervalMs"].is_number_integer());
    for (const char* not_yet : {"result", "requestState", "inputRequests", "content", "task"})
      CHECK_FALSE(created.contains(not_yet));
    const Json ended = poll(f, created["taskId"], "completed");
    CHECK(ended["resultType"] == "complete");
    CHECK(ended["result"]["content"][0]["text"] == "computed");
  }

  TEST_CASE("a client that does not declare tasks waits, or is told what it lacks") {
    InputFixture f(tools());
    CHECK(call(f, "compute", Json::object())["result"]["resultType"] == "complete");
    CHECK(call(f, "plain", kExtension)["result"]["resultType"] == "complete");
    const Json required =
        Json::parse(R"({"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}})");
    CHECK(call(f, "failing", Json::object())["error"]["code"] == -32021);
    CHECK(call(f, "failing", Json::object())["error"]["data"] == required);
    for (const char* method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
      const Json refused = f.ask(method, {{"taskId", "t"}, {"inputResponses", Json::object()}}, Json::object());
      CHECK(refused["error"]["code"] == -32021);
      CHECK(refused["error"]["data"] == required);
    }
  }

  TEST_CASE("a tool that failed has completed, a protocol error has failed") {
    InputFixture f(tools());
    const Json failed = poll(f, call(f, "failing", kExtension)["result"]["taskId"], "completed");
    CHECK(failed["result"]["isError"] == true);
    const Json broken = poll(f, call(f, "breaking", kExtension)["result"]["taskId"], "failed");
    CHECK(broken["error"] == Json{{"code", -32602}, {"message", "Broken."}});
    CHECK_FALSE(broken.contains("result"));
  }

  TEST_CASE("a task asks through its status and is answered by tasks/update") {
    InputFixture f(tools());
    const Json id = call(f, "confirm", kExtensionAndForms)["result"]["taskId"];
    const Json asking = poll(f, id, "input_required");
    CHECK(asking["inputRequests"]["ok"]["params"]["message"] == "Your ok?");
    const Json updated = f.ask("tasks/update", {{"taskId", id}, {"inputResponses", {{"ok", accept("ok", "yes")}}}},
                               kExtension)["result"];
    CHECK(updated["resultType"] == "complete");
    CHECK_FALSE(updated.contains("taskId"));
    CHECK(poll(f, id, "completed")["result"]["content"][0]["text"] == "confirmed yes");
    CHECK(f.ask("tasks/update", {{"taskId", id}}, kExtension)["error"]["code"] == -32602);
  }

  TEST_CASE("what a call needs to know before it starts is asked before it becomes a task") {
    InputFixture f(tools());
    const Json first = call(f, "greet", kExtensionAndForms)["result"];
    CHECK(first["resultType"] == "input_required");
    const Json second =
        call(f, "greet", kExtensionAndForms, {{"inputResponses", {{"name", accept("name", "Ada")}}}})["result"];
    CHECK(second["resultType"] == "task");
    CHECK_FALSE(second.contains("requestState"));
    CHECK(poll(f, second["taskId"], "completed")["result"]["content"][0]["text"] == "Hello, Ada!");
    f.initialize("2025-11-25", kExtensionAndForms);
    f.call(1, "greet");
    f.send({{"id", f.sink->sent("elicitation/create")["id"]}, {"result", accept("name", "Bob")}});
    CHECK(f.sink->answer(1)["result"]["content"][0]["text"] == "Hello, Bob!");
  }

  TEST_CASE("cancelling is acknowledged, also when the task has ended") {
    InputFixture f(tools());
    const Json id = call(f, "confirm", kExtensionAndForms)["result"]["taskId"];
    poll(f, id, "input_required");
    for (int i = 0; i < 2; ++i) {
      const Json acknowledged = f.ask("tasks/cancel", {{"taskId", id}}, kExtension)["result"];
      CHECK(acknowledged["resultType"] == "complete");
      CHECK_FALSE(acknowledged.contains("status"));
      poll(f, id, "cancelled");
    }
    CHECK(f.ask("tasks/get", {{"taskId", "unknown"}}, kExtension)["error"]["code"] == -32602);
    CHECK(f.ask("tasks/get", {{"taskId", 5}}, kExtension)["error"]["code"] == -32602);
  }

  TEST_CASE("who listens to a task is told each change, and at last its result") {
    InputFixture f(tools());
    const Json id = call(f, "confirm", kExtensionAndForms)["result"]["taskId"];
    poll(f, id, "input_required");
    listen(f, {{"taskIds", {id, "of-nobody"}}}, kExtension);
    const Json acknowledged = f.sink->sent("notifications/subscriptions/acknowledged")["params"];
    const Json tellable{{"taskIds", Json::array({id})}};
    CHECK(acknowledged["notifications"] == tellable);
    f.ask("tasks/update", {{"taskId", id}, {"inputResponses", {{"ok", accept("ok", "yes")}}}}, kExtension);
    const Json completed = told(f, "completed");
    CHECK(completed["_meta"]["io.modelcontextprotocol/subscriptionId"] == 7);
    CHECK(completed["taskId"] == id);
    CHECK(completed["result"]["content"][0]["text"] == "confirmed yes");
    for (const Json& message : f.sink->all()) {
      if (message.value("method", "") == "notifications/tasks") CHECK(message["params"]["status"] != "input_required");
    }
  }

  TEST_CASE("a listen for tasks is nobody else's, and needs the extension") {
    InputFixture f(tools());
    const Json id = call(f, "confirm", kExtensionAndForms)["result"]["taskId"];
    poll(f, id, "input_required");
    listen(f, {{"taskIds", {id}}}, Json::object());
    CHECK(f.sink->answer(7)["error"]["code"] == -32021);
    CHECK(listen_answer(f, {{"taskIds", "all"}}, kExtension, 8)["error"]["code"] == -32602);
    const auto sink = std::make_shared<apmcp::test::RecordingSink>();
    const auto stranger = apmcp::mcp::Session::create(f.server, f.executor, sink, {.caller = "mallory"});
    stranger->receive(listen_text({{"taskIds", {id}}}, kExtension));
    CHECK_MESSAGE(sink->answer(7)["result"]["resultType"] == "complete", "nothing can be told, so it ends");
  }

  TEST_CASE("a listen names 100 tasks at most, by ids of at most 64 bytes") {
    InputFixture f(tools());
    Json ids = Json::array();
    for (int i = 0; i < 101; ++i) ids.push_back(std::to_string(i));
    CHECK(listen_answer(f, {{"taskIds", ids}}, kExtension, 1)["error"]["code"] == -32602);
    ids.erase(100);
    CHECK(listen_answer(f, {{"taskIds", ids}}, kExtension, 2)["result"]["resultType"] == "complete");
    CHECK(listen_answer(f, {{"taskIds", {std::string(65, 'x')}}}, kExtension, 3)["error"]["code"] == -32602);
  }

  TEST_CASE("a listen asks the store only for the tasks that it names, and never on the thread that reads") {
    std::mutex mutex;
    std::set<std::thread::id> asked_by;
    InputFixture f(tools(), {}, {.account = [&] {
                     const std::lock_guard lock(mutex);
                     asked_by.insert(std::this_thread::get_id());
                     return apmcp::mcp::TaskAccount{};
                   }});
    listen(f, {{"toolsListChanged", true}}, kExtension, 1);
    f.sink->sent("notifications/subscriptions/acknowledged");
    {
      const std::lock_guard lock(mutex);
      CHECK(asked_by.empty());
    }
    CHECK(listen_answer(f, {{"taskIds", {"t"}}}, kExtension, 2)["result"]["resultType"] == "complete");
    const std::lock_guard lock(mutex);
    CHECK_FALSE(asked_by.empty());
    CHECK_FALSE(asked_by.contains(std::this_thread::get_id()));
  }

  TEST_CASE("tasks are announced where they exist, and unknown to handshake clients") {
    InputFixture f(tools());
    const Json offered = f.ask("server/discover", Json::object(), Json::object())["result"]["capabilities"];
    CHECK(offered["extensions"] == kExtension["extensions"]);
    for (const char* method : {"tasks/result", "tasks/list"})
      CHECK(f.ask(method, {{"taskId", "t"}}, kExtension)["error"]["code"] == -32601);
    f.initialize("2025-11-25", kExtension);
    CHECK_FALSE(f.sink->answer("init")["result"]["capabilities"].contains("extensions"));
    f.send({{"id", 1}, {"method", "tasks/get"}, {"params", {{"taskId", "t"}}}});
    CHECK(f.sink->answer(1)["error"]["code"] == -32601);
    f.call(2, "compute");
    CHECK(f.sink->answer(2)["result"]["content"][0]["text"] == "computed");
  }

  TEST_CASE("a server without such tools knows nothing of tasks") {
    std::vector<Tool> plain = tools();
    plain.resize(1);
    InputFixture f(std::move(plain));
    CHECK_FALSE(f.ask("server/discover", Json::object(), kExtension)["result"]["capabilities"].contains("extensions"));
    CHECK(f.ask("tasks/get", {{"taskId", "t"}}, kExtension)["error"]["code"] == -32601);
  }
}

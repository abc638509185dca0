#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "mcp/memory_task_store.h"
#include "mcp/session.h"
#include "support/manual_clock.h"
#include "support/plain_seal.h"
#include "support/recording_sink.h"

namespace apmcp::test {

/// A tool with this name that takes any arguments.
inline mcp::Tool any_tool(std::string_view name, mcp::ToolHandler handler) {
  return {.definition = {.name = name,
                         .wire = R"({"name":"tool","inputSchema":{"type":"object"}})",
                         .input_schema = R"({"type":"object"})",
                         .example = "{}",
                         .effect = "reads"},
          .handler = std::move(handler)};
}

inline mcp::ToolOutput said(const std::string& text) {
  return {.structured = {{"said", text}}, .text = text};
}

/// {"key", elicitation/create} for one required string property of the same name.
inline mcp::InputRequest question(const std::string& key) {
  return {.key = key,
          .method = std::string(mcp::input_method::kElicit),
          .params = Json{
              {"mode", "form"},
              {"message", "Your " + key + "?"},
              {"requestedSchema",
               {{"type", "object"}, {"properties", {{key, {{"type", "string"}}}}}, {"required", Json::array({key})}}}}};
}

/// The capabilities of a client that shows forms.
inline const Json kForms{{"elicitation", Json::object()}};

inline std::string text_of(const Json& answer) {
  return answer["result"]["content"][0]["text"];
}

inline Json accept(const std::string& key, const Json& value) {
  return Json{{"action", "accept"}, {"content", {{key, value}}}};
}

/// A server with the given tools and everything that asking and tasks need, and one client's session.
class InputFixture {
 public:
  explicit InputFixture(std::vector<mcp::Tool> tools, mcp::Session::Options options = {},
                        mcp::Tasks::Options task_options = {})
      : tasks(store, executor, clock, telling(std::move(task_options))),
        server({.name = "test", .title = "Test", .version = "1", .website_url = "", .instructions = ""},
               mcp::ToolRegistry(std::move(tools)),
               {.subscriptions = &subscriptions, .request_states = &states, .tasks = &tasks}),
        session(mcp::Session::create(server, executor, sink, std::move(options))) {}

  InputFixture(const InputFixture&) = delete;
  InputFixture& operator=(const InputFixture&) = delete;

  ~InputFixture() {
    CHECK(tasks.drain(std::chrono::seconds(5)));
    CHECK(session->drain(std::chrono::seconds(5)));
  }

  void initialize(const std::string& revision, const Json& capabilities) {
    send({{"id", "init"},
          {"method", "initialize"},
          {"params",
           {{"protocolVersion", revision},
            {"capabilities", capabilities},
            {"clientInfo", {{"name", "c"}, {"version", "1"}}}}}});
    sink->answer("init");
  }

  void send(Json message) {
    message["jsonrpc"] = "2.0";
    session->receive(message.dump());
  }

  /// A request of a handshake revision; the answer is not waited for.
  void call(const Json& id, const std::string& tool) {
    send({{"id", id}, {"method", "tools/call"}, {"params", {{"name", tool}}}});
  }

  /// A request of 2026-07-28 and its answer.
  Json ask(const std::string& method, Json params, const Json& capabilities) {
    const int id = next_id_++;
    params["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                       {"io.modelcontextprotocol/clientCapabilities", capabilities}};
    send({{"id", id}, {"method", method}, {"params", std::move(params)}});
    return sink->answer(id);
  }

  std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
  ManualClock clock;
  PlainSeal seal;
  mcp::RequestStates states{seal, clock};
  mcp::MemoryTaskStore store{{.tasks = 4, .tasks_per_owner = 3}};
  Executor executor{2, 8};
  mcp::Subscriptions subscriptions{{.read_task = [this](const std::string& id, const std::string& caller) {
    const auto task = tasks.get(id, caller);
    return task ? Result<Json>(mcp::to_task(*task)) : Result<Json>(task.error());
  }}};
  mcp::Tasks tasks;
  mcp::McpServer server;
  std::shared_ptr<mcp::Session> session;

 private:
  mcp::Tasks::Options telling(mcp::Tasks::Options options) {
    options.on_change = [this](const mcp::TaskRecord& task) {
      subscriptions.publish({.kind = mcp::Change::Kind::kTaskChanged, .caller = task.owner, .task_id = task.id});
    };
    return options;
  }

  int next_id_ = 1000;
};

}  // namespace apmcp::test

// The extension io.modelcontextprotocol/tasks: calls that become tasks, and the methods about them.
#include <utility>

#include "base/json_parse.h"
#include "mcp/client_capabilities.h"
#include "mcp/server.h"
#include "mcp/wire_error.h"

namespace apmcp::mcp {
namespace {

const std::string& task_id(const Json& params) {
  return params["taskId"].get_ref<const std::string&>();
}

/// What becomes of a call as the work of a task.
Result<Json> task_outcome(Result<ToolOutput> outcome, const RequestContext& running,
                          Json (*tool_result)(Result<ToolOutput>, const Revision&)) {
  if (!outcome && (outcome.error().code == ErrorCode::kCancelled || !is_tool_result(outcome.error(), true))) {
    return std::move(outcome).error();
  }
  Json result{{"resultType", "complete"}};
  result.update(tool_result(std::move(outcome), *running.revision));
  return result;
}

}  // namespace

bool McpServer::has_tasks() const {
  return options_.tasks != nullptr && catalog_.tools.has_task_support();
}

bool McpServer::becomes_task(const Tool& tool, const RequestContext& context) const {
  return options_.tasks != nullptr && tool.task_support != TaskSupport::kNone && context.revision->is_stateless &&
         missing_capabilities(context.client_capabilities, extension_capability(kTasksExtension)).empty();
}

Result<std::string> McpServer::start_task(const Tool& tool, const Json& arguments,
                                          const RequestContext& context) const {
  // By value: the task may outlive this server, but not what the handler refers to.
  return task_created(
      options_.tasks->start(context, [handler = tool.handler, arguments](RequestContext& running) -> Result<Json> {
        return task_outcome(handler(arguments, running), running, tool_result);
      }));
}

Result<std::string> McpServer::follow_as_task(const Tool& tool, const RequestContext& context) const {
  Json resume{{"tool", tool.definition.name}, {"state", context.state}};
  // A key that the caller brought is never stored, and without it nobody can go on.
  if (context.caller_key != nullptr) resume = nullptr;
  return task_created(options_.tasks->start(
      context,
      [follow_up = tool.follow_up, state = context.state](RequestContext& running) -> Result<Json> {
        return task_outcome(follow_up(state, running), running, tool_result);
      },
      std::move(resume)));
}

Tasks::Work McpServer::take_up(const TaskRecord& task) const {
  const Json* name = member(task.resume, "tool");
  const Json* state = member(task.resume, "state");
  if (name == nullptr || !name->is_string() || state == nullptr) return nullptr;
  const Tool* tool = catalog_.tools.tool(name->get_ref<const std::string&>());
  if (tool == nullptr || !tool->follow_up) return nullptr;
  return [follow_up = tool->follow_up, state = *state](RequestContext& running) -> Result<Json> {
    return task_outcome(follow_up(state, running), running, tool_result);
  };
}

Result<std::string> McpServer::task_created(const Result<TaskRecord>& task) const {
  if (!task) return task.error();
  Json created{{"resultType", "task"}};
  created.update(to_task(*task));
  std::string text = dump_json(created);
  text.back() = ',';
  return text + meta() + '}';
}

Result<std::string> McpServer::get_task(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  const auto task = options_.tasks->get(task_id(params), context.caller);
  if (!task) return task.error();
  return finish(dump_json(to_task(*task)), context, {});
}

Result<std::string> McpServer::update_task(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  const auto responses = params.find("inputResponses");
  if (responses == params.end() || !responses->is_object()) {
    return Error{.code = ErrorCode::kInvalidParams, .message = "\"inputResponses\" must be an object."};
  }
  if (auto taken = options_.tasks->update(task_id(params), context.caller, *responses); !taken) {
    return std::move(taken).error();
  }
  return finish("{}", context, {});
}

Result<std::string> McpServer::cancel_task(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  if (auto asked = options_.tasks->cancel(task_id(params), context.caller); !asked) return std::move(asked).error();
  return finish("{}", context, {});
}

}  // namespace apmcp::mcp

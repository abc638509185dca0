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
  auto work = [handler = tool.handler, arguments](RequestContext& running) -> Result<Json> {
    auto outcome = handler(arguments, running);
    if (!outcome && (outcome.error().code == ErrorCode::kCancelled || !is_tool_result(outcome.error(), true))) {
      return std::move(outcome).error();
    }
    Json result{{"resultType", "complete"}};
    result.update(tool_result(std::move(outcome), *running.revision));
    return result;
  };
  auto task = options_.tasks->start(context, std::move(work));
  if (!task) return std::move(task).error();
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

#include <utility>

#include "base/json_parse.h"
#include "mcp/content.h"
#include "mcp/server.h"
#include "mcp/wire_error.h"

// tools/list and tools/call.
namespace apmcp::mcp {

Result<std::string> McpServer::list_tools(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  return list_result("tools", params, context,
                     [this](const PageRequest& wanted) { return catalog_.tools.list(wanted); });
}

Result<std::string> McpServer::call_tool(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  static const Json no_arguments = Json::object();
  const Json* name = member(params, "name");
  const Json* arguments = member(params, "arguments");
  if (arguments == nullptr) arguments = &no_arguments;
  if (!arguments->is_object()) return invalid_params("\"arguments\" must be an object.");

  const auto tool = catalog_.tools.prepare(name->get_ref<const std::string&>(), *arguments, context);
  if (tool && (*tool)->definition.effect == "reads") context.write_stop = context.stop;
  const bool may_become_task = tool && becomes_task(**tool, context);
  if (may_become_task && !(*tool)->follow_up) return start_task(**tool, *arguments, context);
  context.goes_on_as_task = may_become_task;
  Result<ToolOutput> outcome = tool ? (*tool)->handler(*arguments, context) : Result<ToolOutput>(tool.error());
  if (outcome && may_become_task && !context.state.empty()) {
    // The handler has acted, so when no more tasks are taken its own answer must reach the client.
    if (auto created = follow_as_task(**tool, context)) return created;
  }
  if (!outcome && !is_tool_result(outcome.error(), context.revision->is_stateless)) return std::move(outcome).error();
  return finish(dump_json(tool_result(std::move(outcome), *context.revision)), context, {});
}

Json McpServer::tool_result(Result<ToolOutput> outcome, const Revision& revision) {
  const bool failed = !outcome.ok();
  ToolOutput output;
  if (failed) {
    const Error& error = outcome.error();
    output.structured = to_tool_error(error);
    output.text = error.message + (error.next_step.empty() ? "" : "\n" + error.next_step);
  } else {
    output = *std::move(outcome);
  }
  Json content = Json::array();
  if (!output.text.empty() || output.content.empty()) content.push_back(text_block(std::move(output.text)));
  for (Json& block : output.content) content.push_back(content_for(std::move(block), revision));
  const bool has_facts = !output.structured.is_null();
  const bool is_known = revision.has_structured && (output.structured.is_object() || revision.is_stateless);
  // Who does not know structured content, or not this kind of it, reads the facts in content.
  if (has_facts && !is_known) content.push_back(text_block(dump_json(output.structured)));
  Json result{{"content", std::move(content)}};
  if (has_facts && is_known) result["structuredContent"] = std::move(output.structured);
  if (failed) result["isError"] = true;
  return result;
}

}  // namespace apmcp::mcp

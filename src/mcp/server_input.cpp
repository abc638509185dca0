// Input from the client within a request of the stateless revision.
#include <utility>

#include "base/json_parse.h"
#include "mcp/client_capabilities.h"
#include "mcp/round_trip.h"
#include "mcp/server.h"

namespace apmcp::mcp {

bool McpServer::names_tasks(const Json& listen_params) {
  const Json* wanted = member(listen_params, "notifications");
  return wanted != nullptr && member(*wanted, "taskIds") != nullptr;
}

Json McpServer::required_capabilities(const Method& method, const Json& params) const {
  const bool is_about_tasks =
      method.family == Family::kTasks || (method.family == Family::kListen && tells_tasks() && names_tasks(params));
  if (is_about_tasks) return extension_capability(kTasksExtension);
  if (method.family != Family::kTools || method.name_member.empty()) return Json::object();
  return catalog_.tools.required_capabilities(params[std::string(method.name_member)].get_ref<const std::string&>());
}

Result<std::string> McpServer::run_round(const Method& method, const Json& params, RequestContext& context,
                                         Handshake& handshake) const {
  auto round = RoundTrip::begin(options_.request_states, method.name, params, context);
  if (!round) return std::move(round).error();
  context.input = &*round;
  auto result = (this->*method.handler)(params, context, handshake);
  if (result || result.error().code != ErrorCode::kInputRequired) return result;
  auto members = round->input_required(context.state);
  if (!members) return std::move(members).error();
  Json required{{"resultType", "input_required"}};
  required.update(*members);
  std::string text = dump_json(required);
  text.back() = ',';
  return text + meta() + '}';
}

}  // namespace apmcp::mcp

#include "mcp/server.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "base/json_parse.h"
#include "base/log.h"
#include "mcp/client_capabilities.h"
#include "mcp/envelope.h"
#include "mcp/wire_error.h"

namespace apmcp::mcp {
namespace {

/// The lists never depend on the caller, so anybody may keep them: an hour (2026-07-28, "Caching").
constexpr std::string_view kPublicForAnHour = R"("ttlMs":3600000,"cacheScope":"public")";

Error invalid_params(std::string message) {
  return {.code = ErrorCode::kInvalidParams, .message = std::move(message)};
}

const Json* member(const Json& params, const char* key) {
  if (!params.is_object()) return nullptr;
  const auto found = params.find(key);
  return found == params.end() ? nullptr : &*found;
}

bool is_implementation(const Json* info) {
  const Json* name = info == nullptr ? nullptr : member(*info, "name");
  const Json* version = info == nullptr ? nullptr : member(*info, "version");
  return name != nullptr && name->is_string() && version != nullptr && version->is_string();
}

Json text_block(std::string text) {
  return Json{{"type", "text"}, {"text", std::move(text)}};
}

std::string in_object(std::string_view members) {
  std::string text = "{";
  text += members;
  text += '}';
  return text;
}

/// `members` of a result object, then the envelope, as one object.
std::string result_object(std::string members, const std::string& envelope) {
  if (!members.empty() && !envelope.empty()) members += ',';
  return in_object(members + envelope);
}

}  // namespace

bool Handshake::open(const Revision& revision, Json client_capabilities, std::string client_name) {
  const std::lock_guard lock(mutex_);
  if (context_.revision != nullptr) return false;
  context_.revision = &revision;
  context_.client_capabilities = std::move(client_capabilities);
  context_.client_name = std::move(client_name);
  return true;
}

void Handshake::set_log_level(LogLevel level) {
  const std::lock_guard lock(mutex_);
  context_.log_level = level;
}

RequestContext Handshake::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

McpServer::McpServer(ServerInfo info, ToolRegistry tools, Options options)
    : info_(std::move(info)), tools_(std::move(tools)), options_(options) {}

const McpServer::Method* McpServer::find_method(std::string_view name) {
  static constexpr std::array<Method, 9> kMethods{{
      {"initialize", true, false, true, true, "", &McpServer::initialize},
      {"ping", true, false, true, true, "", &McpServer::ping},
      {"logging/setLevel", true, false, false, true, "", &McpServer::set_log_level},
      {"server/discover", false, true, false, true, "", &McpServer::discover},
      {"tools/list", true, true, false, true, "", &McpServer::list_tools},
      {"tools/call", true, true, false, false, "name", &McpServer::call_tool, Subject::kTool},
      {"tasks/get", false, true, false, false, "taskId", &McpServer::get_task, Subject::kTask},
      {"tasks/update", false, true, false, false, "taskId", &McpServer::update_task, Subject::kTask},
      {"tasks/cancel", false, true, false, false, "taskId", &McpServer::cancel_task, Subject::kTask},
  }};
  const auto* const found =
      std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& method) { return method.name == name; });
  return found == kMethods.end() ? nullptr : found;
}

bool McpServer::offers(const Method& method) const {
  return method.subject != Subject::kTask || has_tasks();
}

Result<std::string> McpServer::run(const Method& method, const Json& params, RequestContext& context,
                                   Handshake& handshake) const {
  try {
    const bool in_rounds = method.may_ask() && context.revision != nullptr && context.revision->is_stateless;
    return in_rounds ? run_round(method, params, context, handshake)
                     : (this->*method.handler)(params, context, handshake);
  } catch (const std::exception& failure) {
    // The text may quote what came in, so it stays in the log.
    log::error("handler_failed", {{"method", std::string(method.name)}, {"what", failure.what()}});
    return Error{.code = ErrorCode::kInternal, .message = "Internal error. The server's log says more."};
  }
}

Result<std::string> McpServer::initialize(const Json& params, RequestContext& /*context*/, Handshake& handshake) const {
  const Json* version = member(params, "protocolVersion");
  const Json* capabilities = member(params, "capabilities");
  const Json* client = member(params, "clientInfo");
  if (version == nullptr || !version->is_string()) return invalid_params("\"protocolVersion\" must be a string.");
  if (capabilities == nullptr || !capabilities->is_object())
    return invalid_params("\"capabilities\" must be an object.");
  if (!is_implementation(client))
    return invalid_params("\"clientInfo\" must be an object with \"name\" and \"version\".");

  const Revision* revision = find_revision(version->get_ref<const std::string&>());
  if (revision == nullptr || revision->is_stateless) revision = &latest_with_handshake();
  if (!handshake.open(*revision, *capabilities, (*client)["name"].get<std::string>())) {
    return Error{.code = ErrorCode::kInvalidRequest, .message = "This connection is initialized already."};
  }
  Json result{{"protocolVersion", revision->date},
              {"capabilities", {{"logging", Json::object()}, {"tools", Json::object()}}},
              {"serverInfo", implementation()}};
  if (!info_.instructions.empty()) result["instructions"] = info_.instructions;
  return dump_json(result);
}

Result<std::string> McpServer::ping(const Json& /*params*/, RequestContext& /*context*/, Handshake& /*h*/) const {
  return std::string("{}");
}

Result<std::string> McpServer::set_log_level(const Json& params, RequestContext& /*context*/,
                                             Handshake& handshake) const {
  const Json* name = member(params, "level");
  const auto level =
      name != nullptr && name->is_string() ? parse_log_level(name->get_ref<const std::string&>()) : std::nullopt;
  if (!level) {
    return invalid_params("\"level\" must be one of debug, info, notice, warning, error, critical, alert, emergency.");
  }
  handshake.set_log_level(*level);
  return std::string("{}");
}

Result<std::string> McpServer::discover(const Json& /*params*/, RequestContext& context, Handshake& /*h*/) const {
  Json capabilities{{"logging", Json::object()}, {"tools", Json::object()}};
  if (has_tasks()) capabilities.update(extension_capability(kTasksExtension));
  std::string members =
      R"("supportedVersions":)" + dump_json(stateless_versions()) + R"(,"capabilities":)" + dump_json(capabilities);
  if (!info_.instructions.empty()) members += R"(,"instructions":)" + dump_json(info_.instructions);
  return result_object(std::move(members), envelope(context, kPublicForAnHour));
}

Result<std::string> McpServer::list_tools(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  std::string_view cursor;
  if (const Json* given = member(params, "cursor")) {
    // The empty string is a cursor too, and not one of ours.
    if (!given->is_string() || given->get_ref<const std::string&>().empty()) {
      return invalid_params("Unknown cursor. Start again without one.");
    }
    cursor = given->get_ref<const std::string&>();
  }
  std::string next_cursor;
  auto page = tools_.list(*context.revision, cursor, options_.tools_page_size, next_cursor);
  if (!page) return std::move(page).error();
  std::string members = R"("tools":)" + *std::move(page);
  if (!next_cursor.empty()) members += R"(,"nextCursor":)" + dump_json(next_cursor);
  return result_object(std::move(members), envelope(context, kPublicForAnHour));
}

Result<std::string> McpServer::call_tool(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  static const Json no_arguments = Json::object();
  const Json* name = member(params, "name");
  const Json* arguments = member(params, "arguments");
  if (arguments == nullptr) arguments = &no_arguments;
  if (!arguments->is_object()) return invalid_params("\"arguments\" must be an object.");

  const auto tool = tools_.prepare(name->get_ref<const std::string&>(), *arguments, context);
  if (tool && becomes_task(**tool, context)) return start_task(**tool, *arguments, context);
  Result<ToolOutput> outcome = tool ? (*tool)->handler(*arguments, context) : Result<ToolOutput>(tool.error());
  if (!outcome && !is_tool_result(outcome.error(), context.revision->is_stateless)) return std::move(outcome).error();
  std::string text = dump_json(tool_result(std::move(outcome), *context.revision));
  const std::string extra = envelope(context, {});
  if (extra.empty()) return text;
  text.back() = ',';
  text += extra;
  text += '}';
  return text;
}

Json McpServer::tool_result(Result<ToolOutput> outcome, const Revision& revision) {
  const bool failed = !outcome.ok();
  Json structured;
  std::string text;
  if (failed) {
    const Error& error = outcome.error();
    structured = to_tool_error(error);
    text = error.message + (error.next_step.empty() ? "" : "\n" + error.next_step);
  } else {
    structured = std::move(outcome->structured);
    text = std::move(outcome->text);
  }
  Json content = Json::array({text_block(std::move(text))});
  // Clients of the older revisions read content only, so the facts must be there.
  if (!revision.has_structured) content.push_back(text_block(dump_json(structured)));
  Json result{{"content", std::move(content)}};
  if (revision.has_structured) result["structuredContent"] = std::move(structured);
  if (failed) result["isError"] = true;
  return result;
}

std::string McpServer::envelope(const RequestContext& context, std::string_view cache) const {
  if (!context.revision->is_stateless) return {};
  std::string members = R"("resultType":"complete",)";
  if (!cache.empty()) members.append(cache).append(",");
  return members + meta();
}

std::string McpServer::meta() const {
  return R"("_meta":{"io.modelcontextprotocol/serverInfo":)" + dump_json(implementation()) + "}";
}

Json McpServer::implementation() const {
  Json info{{"name", info_.name}, {"title", info_.title}, {"version", info_.version}};
  if (!info_.website_url.empty()) info["websiteUrl"] = info_.website_url;
  return info;
}

}  // namespace apmcp::mcp

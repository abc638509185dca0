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

/// What is listed never depends on the caller, so anybody may keep it: an hour (2026-07-28, "Caching").
constexpr std::string_view kPublicForAnHour = R"("ttlMs":3600000,"cacheScope":"public")";

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

McpServer::McpServer(ServerInfo info, Catalog catalog, Options options)
    : info_(std::move(info)), catalog_(std::move(catalog)), options_(options) {}

McpServer::McpServer(ServerInfo info, ToolRegistry tools, Options options)
    : McpServer(std::move(info), Catalog{.tools = std::move(tools)}, options) {}

const McpServer::Method* McpServer::find_method(std::string_view name) {
  // clang-format off
  //                                   handshake, stateless, before handshake, quick, name member
  static constexpr std::array<Method, 18> kMethods{{
      {"initialize", true, false, true, true, "", &McpServer::initialize},
      {"ping", true, false, true, true, "", &McpServer::ping},
      {"logging/setLevel", true, false, false, true, "", &McpServer::set_log_level},
      {"server/discover", false, true, false, true, "", &McpServer::discover},
      {"tools/list", true, true, false, true, "", &McpServer::list_tools, Family::kTools},
      {"tools/call", true, true, false, false, "name", &McpServer::call_tool, Family::kTools},
      {"resources/list", true, true, false, true, "", &McpServer::list_resources, Family::kResources},
      {"resources/templates/list", true, true, false, true, "", &McpServer::list_templates, Family::kResources},
      {"resources/read", true, true, false, false, "uri", &McpServer::read_resource, Family::kResources},
      {"resources/subscribe", true, false, false, true, "uri", &McpServer::subscribe, Family::kSubscribe},
      {"resources/unsubscribe", true, false, false, true, "uri", &McpServer::unsubscribe, Family::kSubscribe},
      {"prompts/list", true, true, false, true, "", &McpServer::list_prompts, Family::kPrompts},
      {"prompts/get", true, true, false, false, "name", &McpServer::get_prompt, Family::kPrompts},
      {"completion/complete", true, true, false, false, "", &McpServer::complete, Family::kCompletions},
      {"subscriptions/listen", false, true, false, true, "", nullptr, Family::kListen},
      {"tasks/get", false, true, false, false, "taskId", &McpServer::get_task, Family::kTasks},
      {"tasks/update", false, true, false, false, "taskId", &McpServer::update_task, Family::kTasks},
      {"tasks/cancel", false, true, false, false, "taskId", &McpServer::cancel_task, Family::kTasks},
  }};
  // clang-format on
  const auto* const found =
      std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& method) { return method.name == name; });
  return found == kMethods.end() ? nullptr : found;
}

bool McpServer::offers(Family family) const {
  const bool tells_changes = options_.subscriptions != nullptr;
  switch (family) {
    case Family::kBase: return true;
    case Family::kTools: return catalog_.tools.size() > 0;
    case Family::kResources: return !catalog_.resources.empty();
    case Family::kPrompts: return !catalog_.prompts.empty();
    case Family::kCompletions: return catalog_.prompts.has_completers() || catalog_.resources.has_completers();
    case Family::kSubscribe: return tells_changes && !catalog_.resources.empty();
    case Family::kListen: return tells_changes && (options_.lists_change || !catalog_.resources.empty());
    case Family::kTasks: return has_tasks();
  }
  return false;
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
  if (client == nullptr || !is_implementation(*client))
    return invalid_params("\"clientInfo\" must be an object with \"name\" and \"version\".");

  const Revision* revision = find_revision(version->get_ref<const std::string&>());
  if (revision == nullptr || revision->is_stateless) revision = &latest_with_handshake();
  if (!handshake.open(*revision, *capabilities, (*client)["name"].get<std::string>())) {
    return Error{.code = ErrorCode::kInvalidRequest, .message = "This connection is initialized already."};
  }
  Json result{{"protocolVersion", revision->date},
              {"capabilities", server_capabilities(*revision)},
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
  Json result{{"supportedVersions", stateless_versions()}, {"capabilities", server_capabilities(*context.revision)}};
  if (!info_.instructions.empty()) result["instructions"] = info_.instructions;
  return finish(dump_json(result), context, kPublicForAnHour);
}

Json McpServer::server_capabilities(const Revision& revision) const {
  const bool tells_lists = options_.subscriptions != nullptr && options_.lists_change;
  const Json family = tells_lists ? Json{{"listChanged", true}} : Json::object();
  Json offered{{"logging", Json::object()}};
  if (offers(Family::kCompletions) && revision.has_completions) offered["completions"] = Json::object();
  if (offers(Family::kPrompts)) offered["prompts"] = family;
  if (offers(Family::kResources)) offered["resources"] = family;
  if (offers(Family::kSubscribe)) offered["resources"]["subscribe"] = true;
  if (offers(Family::kTools)) offered["tools"] = family;
  if (offers(Family::kTasks) && revision.is_stateless) offered.update(extension_capability(kTasksExtension));
  return offered;
}

Result<std::string> McpServer::list_result(std::string_view items, const Json& params, const RequestContext& context,
                                           const std::function<Result<Page>(const PageRequest&)>& list) const {
  PageRequest wanted{.revision = *context.revision, .cursor = {}, .size = options_.page_size};
  if (const Json* cursor = member(params, "cursor")) {
    // The empty string is a cursor too, and not one of ours.
    if (!cursor->is_string() || cursor->get_ref<const std::string&>().empty()) return unknown_cursor();
    wanted.cursor = cursor->get_ref<const std::string&>();
  }
  auto page = list(wanted);
  if (!page) return std::move(page).error();
  std::string result = "{" + dump_json(items) + ":" + page->items;
  if (!page->next_cursor.empty()) result += R"(,"nextCursor":)" + dump_json(page->next_cursor);
  result += '}';
  return finish(std::move(result), context, kPublicForAnHour);
}

std::string McpServer::finish(std::string object, const RequestContext& context, std::string_view cache) const {
  const std::string extra = envelope(context, cache);
  if (extra.empty()) return object;
  object.back() = ',';
  if (object.size() == 2) object.pop_back();  // it was {}
  object += extra;
  object += '}';
  return object;
}

std::string McpServer::envelope(const RequestContext& context, std::string_view cache) const {
  if (!context.revision->is_stateless) return {};
  std::string members = R"("resultType":"complete",)";
  if (!cache.empty()) members.append(cache).append(",");
  return members + meta();
}

std::string McpServer::meta() const {
  return R"("_meta":)" + dump_json(Json{{kServerInfoKey, implementation()}});
}

Json McpServer::implementation() const {
  Json info{{"name", info_.name}, {"title", info_.title}, {"version", info_.version}};
  if (!info_.website_url.empty()) info["websiteUrl"] = info_.website_url;
  return info;
}

}  // namespace apmcp::mcp

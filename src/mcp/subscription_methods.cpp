#include <algorithm>
#include <string>
#include <utility>

#include "base/json_parse.h"
#include "mcp/envelope.h"
#include "mcp/server.h"
#include "mcp/wire_error.h"

// resources/subscribe and unsubscribe, and what a session has to know for subscriptions/listen.
namespace apmcp::mcp {
namespace {

constexpr std::size_t kMaxTaskIds = 100;
constexpr std::size_t kMaxTaskIdBytes = 64;

/// Each id is looked up in a database.
Status check_task_ids(const TaskIds& ids) {
  if (ids.size() > kMaxTaskIds) return invalid_params("\"taskIds\" has too many ids.");
  const bool is_short =
      std::all_of(ids.begin(), ids.end(), [](const auto& id) { return id.size() <= kMaxTaskIdBytes; });
  if (!is_short) return invalid_params("\"taskIds\" has an id of more than 64 bytes.");
  return Unit{};
}

}  // namespace

Result<std::string> McpServer::subscribe(const Json& params, RequestContext& /*context*/, Handshake& handshake) const {
  const auto& uri = params["uri"].get_ref<const std::string&>();
  if (auto sound = check_uri(uri); !sound) return std::move(sound).error();
  if (!catalog_.resources.has(uri)) return no_such_resource(uri);
  if (!handshake.subscription()->add_uri(uri, options_.subscriptions->options().max_uris_per_client)) {
    return Error{.code = ErrorCode::kBusy,
                 .message = "Too many resources are subscribed. Unsubscribe from some first."};
  }
  return std::string("{}");
}

Result<std::string> McpServer::unsubscribe(const Json& params, RequestContext& /*context*/,
                                           Handshake& handshake) const {
  handshake.subscription()->remove_uri(params["uri"].get<std::string>());
  return std::string("{}");
}

SubscriptionFilter McpServer::lists_with_changes() const {
  SubscriptionFilter lists;
  if (options_.subscriptions == nullptr || !options_.lists_change) return lists;
  lists.tools_list_changed = offers(Family::kTools);
  lists.prompts_list_changed = offers(Family::kPrompts);
  lists.resources_list_changed = offers(Family::kResources);
  return lists;
}

Result<SubscriptionFilter> McpServer::honour(const Json& params, std::string_view caller) const {
  auto filter = read_subscription_filter(params);
  if (!filter) return filter;
  const SubscriptionFilter lists = lists_with_changes();
  filter->tools_list_changed = filter->tools_list_changed && lists.tools_list_changed;
  filter->prompts_list_changed = filter->prompts_list_changed && lists.prompts_list_changed;
  filter->resources_list_changed = filter->resources_list_changed && lists.resources_list_changed;
  const std::size_t limit = options_.subscriptions->options().max_uris_per_client;
  if (filter->resource_subscriptions.size() > limit) {
    return invalid_params("\"resourceSubscriptions\" has too many URIs.");
  }
  for (const std::string& uri : filter->resource_subscriptions) {
    if (auto sound = check_uri(uri); !sound) return std::move(sound).error();
  }
  if (auto sound = check_task_ids(filter->task_ids); !sound) return std::move(sound).error();
  std::erase_if(filter->resource_subscriptions, [&](const std::string& uri) { return !catalog_.resources.has(uri); });
  filter->task_ids = tells_tasks() ? options_.tasks->known(filter->task_ids, caller) : TaskIds{};
  return filter;
}

bool McpServer::tells_tasks() const {
  return has_tasks() && options_.subscriptions != nullptr && options_.subscriptions->options().read_task;
}

std::string McpServer::listen_result(const jsonrpc::Id& id) const {
  return dump_json(Json{{"resultType", "complete"},
                        {"_meta", {{kServerInfoKey, implementation()}, {kSubscriptionIdKey, subscription_id(id)}}}});
}

}  // namespace apmcp::mcp

#include <string>
#include <utility>

#include "base/json_parse.h"
#include "mcp/envelope.h"
#include "mcp/server.h"
#include "mcp/wire_error.h"

// resources/subscribe and unsubscribe, and what a session has to know for subscriptions/listen.
namespace apmcp::mcp {

Result<std::string> McpServer::subscribe(const Json& params, RequestContext& /*context*/, Handshake& handshake) const {
  const auto& uri = params["uri"].get_ref<const std::string&>();
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

Result<SubscriptionFilter> McpServer::honour(const Json& params) const {
  auto filter = read_subscription_filter(params);
  if (!filter) return filter;
  const SubscriptionFilter lists = lists_with_changes();
  filter->tools_list_changed = filter->tools_list_changed && lists.tools_list_changed;
  filter->prompts_list_changed = filter->prompts_list_changed && lists.prompts_list_changed;
  filter->resources_list_changed = filter->resources_list_changed && lists.resources_list_changed;
  if (filter->resource_subscriptions.size() > options_.subscriptions->options().max_uris_per_client) {
    return invalid_params("\"resourceSubscriptions\" has too many URIs.");
  }
  std::erase_if(filter->resource_subscriptions, [&](const std::string& uri) { return !catalog_.resources.has(uri); });
  return filter;
}

std::string McpServer::listen_result(const jsonrpc::Id& id) const {
  return dump_json(Json{{"resultType", "complete"},
                        {"_meta", {{kServerInfoKey, implementation()}, {kSubscriptionIdKey, subscription_id(id)}}}});
}

}  // namespace apmcp::mcp

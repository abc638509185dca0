#include <string>
#include <utility>

#include "base/json_parse.h"
#include "mcp/server.h"

// resources/list, resources/templates/list and resources/read.
namespace apmcp::mcp {
namespace {

std::string to_text(const CacheHint& cache) {
  return R"("ttlMs":)" + std::to_string(cache.ttl.count()) + R"(,"cacheScope":")" +
         (cache.is_public ? "public" : "private") + '"';
}

}  // namespace

Result<std::string> McpServer::list_resources(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  return list_result("resources", params, context,
                     [this](const PageRequest& wanted) { return catalog_.resources.list(wanted); });
}

Result<std::string> McpServer::list_templates(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  return list_result("resourceTemplates", params, context,
                     [this](const PageRequest& wanted) { return catalog_.resources.list_templates(wanted); });
}

Result<std::string> McpServer::read_resource(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  const auto& uri = params["uri"].get_ref<const std::string&>();
  if (auto sound = check_uri(uri); !sound) return std::move(sound).error();
  auto reading = catalog_.resources.read(uri, context);
  if (!reading) return std::move(reading).error();
  return finish(dump_json(Json{{"contents", std::move(reading->contents)}}), context, to_text(reading->cache));
}

}  // namespace apmcp::mcp

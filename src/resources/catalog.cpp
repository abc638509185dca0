#include "resources/catalog.h"

#include <utility>

#include "base/json_parse.h"
#include "resources/families.h"
#include "resources/live_resources.h"
#include "tools/call_scope.h"

namespace apmcp::resources {
namespace {

constexpr const char* kJsonType = "application/json";

Result<Json> read(const Family& family, ResourceServices& services, const std::string& uri, const std::string& id,
                  mcp::RequestContext& context) {
  tools::CallScope scope(services.tools, context);
  const auto contents = read_contents(family, {.call = scope.call(), .id = id, .upstream = services.upstream});
  if (!contents) return contents.error();
  if (services.followed != nullptr) services.followed->was_read(uri, context.caller, state_of(*contents));
  return Json::array({Json{{"uri", uri}, {"mimeType", kJsonType}, {"text", dump_json(*contents)}}});
}

Json definition(const Family& family) {
  return {{family.is_template() ? "uriTemplate" : "uri", family.uri},
          {"name", family.name},
          {"title", family.title},
          {"description", family.description},
          {"mimeType", kJsonType}};
}

mcp::CacheHint private_for(std::chrono::seconds ttl) {
  return {.ttl = ttl, .is_public = false};
}

}  // namespace

std::vector<mcp::Resource> make_resources(ResourceServices& services) {
  std::vector<mcp::Resource> made;
  for (const Family& family : families()) {
    if (family.is_template()) continue;
    made.push_back({.definition = definition(family),
                    .read = [&family, &services](
                                const std::string& uri,
                                mcp::RequestContext& context) { return read(family, services, uri, {}, context); },
                    .cache = private_for(family.ttl)});
  }
  return made;
}

std::vector<mcp::ResourceTemplate> make_templates(ResourceServices& services) {
  std::vector<mcp::ResourceTemplate> made;
  for (const Family& family : families()) {
    if (!family.is_template()) continue;
    const auto reader = [&family, &services](const std::string& uri, const mcp::NamedValues& variables,
                                             mcp::RequestContext& context) {
      return read(family, services, uri, variables.find("id")->second, context);
    };
    made.push_back({.definition = definition(family),
                    .read = reader,
                    .completers = {{"id", id_completer(family.suggest, services.tools)}},
                    .cache = private_for(family.ttl)});
  }
  return made;
}

}  // namespace apmcp::resources

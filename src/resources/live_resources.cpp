#include "resources/live_resources.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/json_parse.h"
#include "base/log.h"
#include "mcp/resource_registry.h"
#include "mcp/uri_template.h"
#include "tools/call_scope.h"

namespace apmcp::resources {
namespace {

/// Finds the family of a URI and the id in it.
class FamilyFinder {
 public:
  FamilyFinder() {
    for (const Family& family : families()) patterns_.push_back({&family, mcp::UriTemplate(family.uri)});
  }

  struct Found {
    const Family* family = nullptr;  ///< nullptr: none of ours
    std::string id;
  };

  [[nodiscard]] Found find(const std::string& uri) const {
    for (const auto& [family, pattern] : patterns_) {
      if (auto values = pattern.match(uri)) {
        const auto id = values->find("id");
        return {family, id == values->end() ? std::string() : std::move(id->second)};
      }
    }
    return {};
  }

 private:
  std::vector<std::pair<const Family*, mcp::UriTemplate>> patterns_;
};

Result<Look> look_at(const FamilyFinder& finder, tools::ToolServices& services, const std::string& uri,
                     const mcp::Party& party, std::stop_token stop) {
  const auto [family, id] = finder.find(uri);
  if (family == nullptr) return mcp::no_such_resource(uri);
  mcp::RequestContext context;
  context.caller = party.caller;
  context.caller_key = party.caller_key;
  context.stop = std::move(stop);
  tools::CallScope scope(services, context);
  const auto contents = read_contents(*family, {.call = scope.call(), .id = id, .upstream = {}});
  if (!contents) return contents.error();
  const auto live = contents->find("live");
  return Look{.state = state_of(*contents), .is_final = live != contents->end() && *live == false};
}

}  // namespace

LiveSource live_source(tools::ToolServices& services) {
  const auto finder = std::make_shared<const FamilyFinder>();
  return {.pace =
              [finder](const std::string& uri) {
                const Family* family = finder->find(uri).family;
                return family == nullptr ? kStill : family->pace;
              },
          .look = [finder, &services](const std::string& uri, const mcp::Party& party,
                                      std::stop_token stop) -> Result<Look> {
            try {
              return look_at(*finder, services, uri, party, std::move(stop));
            } catch (const std::exception& failure) {
              log::error("look_failed", {{"what", failure.what()}});
              return Error{.code = ErrorCode::kInternal, .message = "The look failed inside this server."};
            }
          }};
}

std::string state_of(const Json& contents) {
  return dump_json(contents);
}

}  // namespace apmcp::resources

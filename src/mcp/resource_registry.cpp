#include "mcp/resource_registry.h"

#include <algorithm>
#include <utility>

#include "mcp/uri_template.h"

namespace apmcp::mcp {

struct ResourceRegistry::Entry {
  std::string uri;
  Resource resource;
};

struct ResourceRegistry::TemplateEntry {
  std::string uri;  ///< the template itself
  UriTemplate pattern;
  ResourceTemplate resource;
};

namespace {

template <typename Entries>
auto find_by_uri(const Entries& entries, std::string_view uri) {
  return std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.uri == uri; });
}

template <typename Entries>
Result<Page> page_by_uri(const Entries& entries, const PageRequest& wanted) {
  return page_of(
      entries, wanted, [](const auto& entry) -> const std::string& { return entry.uri; },
      [&](const auto& entry) { return wire_for(entry.resource.definition, wanted.revision); });
}

}  // namespace

ResourceRegistry::ResourceRegistry() = default;

ResourceRegistry::ResourceRegistry(std::vector<Resource> resources, std::vector<ResourceTemplate> templates) {
  for (Resource& resource : resources) {
    std::string uri = required_text(resource.definition, "uri");
    static_cast<void>(required_text(resource.definition, "name"));
    check_definition(find_by_uri(resources_, uri) == resources_.end(), resource.read != nullptr, uri);
    resources_.push_back({.uri = std::move(uri), .resource = std::move(resource)});
  }
  for (ResourceTemplate& resource : templates) {
    std::string uri = required_text(resource.definition, "uriTemplate");
    static_cast<void>(required_text(resource.definition, "name"));
    check_definition(find_by_uri(templates_, uri) == templates_.end(), resource.read != nullptr, uri);
    UriTemplate pattern(uri);
    templates_.push_back({.uri = std::move(uri), .pattern = std::move(pattern), .resource = std::move(resource)});
  }
}

ResourceRegistry::ResourceRegistry(ResourceRegistry&& other) noexcept = default;

ResourceRegistry::~ResourceRegistry() = default;

bool ResourceRegistry::empty() const {
  return resources_.empty() && templates_.empty();
}

bool ResourceRegistry::has_completers() const {
  return std::any_of(templates_.begin(), templates_.end(),
                     [](const TemplateEntry& entry) { return !entry.resource.completers.empty(); });
}

bool ResourceRegistry::has(std::string_view uri) const {
  return find(uri) != nullptr || std::any_of(templates_.begin(), templates_.end(), [&](const TemplateEntry& entry) {
           return entry.pattern.match(uri).has_value();
         });
}

const ResourceRegistry::Entry* ResourceRegistry::find(std::string_view uri) const {
  const auto found = find_by_uri(resources_, uri);
  return found == resources_.end() ? nullptr : &*found;
}

Result<ResourceRegistry::Reading> ResourceRegistry::read(const std::string& uri, RequestContext& context) const {
  const auto finish = [&](Result<Json> contents, const CacheHint& cache) -> Result<Reading> {
    if (contents) return Reading{.contents = *std::move(contents), .cache = cache};
    Error error = std::move(contents).error();
    if (error.code == ErrorCode::kNoSuchResource && error.data.is_null()) error.data = Json{{"uri", uri}};
    return error;
  };
  if (const Entry* entry = find(uri)) return finish(entry->resource.read(uri, context), entry->resource.cache);
  for (const TemplateEntry& entry : templates_) {
    const auto variables = entry.pattern.match(uri);
    if (variables) return finish(entry.resource.read(uri, *variables, context), entry.resource.cache);
  }
  return no_such_resource(uri);
}

Result<const Completer*> ResourceRegistry::completer(std::string_view uri_template, std::string_view variable) const {
  const auto entry = find_by_uri(templates_, uri_template);
  if (entry == templates_.end()) {
    return Error{.code = ErrorCode::kInvalidParams,
                 .message = "Unknown resource template " + quote_name(uri_template) + "."};
  }
  return completer_of(entry->resource.completers, variable);
}

Result<Page> ResourceRegistry::list(const PageRequest& wanted) const {
  return page_by_uri(resources_, wanted);
}

Result<Page> ResourceRegistry::list_templates(const PageRequest& wanted) const {
  return page_by_uri(templates_, wanted);
}

Status check_uri(std::string_view uri) {
  constexpr std::size_t kMaxUriBytes = 2048;
  if (uri.size() <= kMaxUriBytes) return Unit{};
  return Error{.code = ErrorCode::kInvalidParams,
               .message = "A URI may have " + std::to_string(kMaxUriBytes) + " bytes at most."};
}

Error no_such_resource(const std::string& uri) {
  return {.code = ErrorCode::kNoSuchResource, .message = "There is no such resource.", .data = Json{{"uri", uri}}};
}

}  // namespace apmcp::mcp

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/resource.h"
#include "mcp/listing.h"

namespace apmcp::mcp {

/// The resources and resource templates of this configuration, in the order in which they were given. Filled once by
/// the constructor; thread-safe from then on.
class ResourceRegistry {
 public:
  ResourceRegistry();

  /// A fault in a definition is a bug: throws std::invalid_argument when one has no address, no name, no reader, or the
  /// address of another.
  ResourceRegistry(std::vector<Resource> resources, std::vector<ResourceTemplate> templates);
  ResourceRegistry(ResourceRegistry&& other) noexcept;
  ~ResourceRegistry();

  [[nodiscard]] bool empty() const;
  [[nodiscard]] bool has_completers() const;

  /// True when reading `uri` comes to a reader, which may still know of no such resource.
  [[nodiscard]] bool has(std::string_view uri) const;

  struct Reading {
    Json contents;  ///< array
    CacheHint cache;
  };

  /// An address of its own goes before a template, an earlier template before a later one. kNoSuchResource with
  /// {"uri"} when nothing fits.
  Result<Reading> read(const std::string& uri, RequestContext& context) const;

  /// What completes `variable` of the template; nullptr when nothing does. kInvalidParams for an unknown template.
  [[nodiscard]] Result<const Completer*> completer(std::string_view uri_template, std::string_view variable) const;

  /// One page of resources/list and of resources/templates/list. kInvalidParams for a foreign cursor.
  [[nodiscard]] Result<Page> list(const PageRequest& wanted) const;
  [[nodiscard]] Result<Page> list_templates(const PageRequest& wanted) const;

 private:
  struct Entry;
  struct TemplateEntry;

  [[nodiscard]] const Entry* find(std::string_view uri) const;

  std::vector<Entry> resources_;
  std::vector<TemplateEntry> templates_;
};

/// What resources/read and resources/subscribe answer to an address that nothing has.
Error no_such_resource(const std::string& uri);

/// kInvalidParams for an address longer than ours ever are: what a client names may be kept for long.
Status check_uri(std::string_view uri);

}  // namespace apmcp::mcp

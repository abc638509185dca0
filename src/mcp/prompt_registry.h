#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/prompt.h"
#include "mcp/listing.h"

namespace apmcp::mcp {

/// The prompts of this configuration, in the order in which they were given. Filled once by the constructor;
/// thread-safe from then on.
class PromptRegistry {
 public:
  PromptRegistry();

  /// A fault in a definition is a bug: throws std::invalid_argument when one has no name, no handler, or the name of
  /// another, or when its arguments are no array of objects with a name.
  explicit PromptRegistry(std::vector<Prompt> prompts);
  PromptRegistry(PromptRegistry&& other) noexcept;
  ~PromptRegistry();

  [[nodiscard]] bool empty() const { return entries_.empty(); }

  [[nodiscard]] bool has_completers() const;

  /// Fills a prompt in. kInvalidParams for an unknown one and for a required argument that is missing; arguments that
  /// it does not have are passed on.
  Result<PromptOutput> get(std::string_view name, const NamedValues& arguments, RequestContext& context) const;

  /// What completes `argument` of the prompt; nullptr when nothing does. kInvalidParams for an unknown prompt.
  [[nodiscard]] Result<const Completer*> completer(std::string_view prompt, std::string_view argument) const;

  /// One page of prompts/list. kInvalidParams for a foreign cursor.
  [[nodiscard]] Result<Page> list(const PageRequest& wanted) const;

 private:
  struct Entry {
    std::string name;
    std::vector<std::string> required;  ///< arguments
    Prompt prompt;
  };

  [[nodiscard]] Result<const Entry*> find(std::string_view name) const;

  std::vector<Entry> entries_;
};

}  // namespace apmcp::mcp

#include "mcp/prompt_registry.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/json_parse.h"

namespace apmcp::mcp {
namespace {

std::vector<std::string> required_arguments(const Json& definition) {
  std::vector<std::string> required;
  const Json* arguments = member(definition, "arguments");
  if (arguments == nullptr) return required;
  if (!arguments->is_array()) throw std::invalid_argument("the arguments of a prompt are no array");
  for (const Json& argument : *arguments) {
    std::string name = required_text(argument, "name");
    const Json* is_required = member(argument, "required");
    if (is_required != nullptr && *is_required == true) required.push_back(std::move(name));
  }
  return required;
}

}  // namespace

PromptRegistry::PromptRegistry() = default;

PromptRegistry::PromptRegistry(std::vector<Prompt> prompts) {
  for (Prompt& prompt : prompts) {
    std::string name = required_text(prompt.definition, "name");
    check_definition(!find(name).ok(), prompt.get != nullptr, name);
    std::vector<std::string> required = required_arguments(prompt.definition);
    entries_.push_back({.name = std::move(name), .required = std::move(required), .prompt = std::move(prompt)});
  }
}

PromptRegistry::PromptRegistry(PromptRegistry&& other) noexcept = default;

PromptRegistry::~PromptRegistry() = default;

bool PromptRegistry::has_completers() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return !entry.prompt.completers.empty(); });
}

Result<const PromptRegistry::Entry*> PromptRegistry::find(std::string_view name) const {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.name == name; });
  if (found != entries_.end()) return &*found;
  return Error{.code = ErrorCode::kInvalidParams, .message = "Unknown prompt " + quote_name(name) + "."};
}

Result<PromptOutput> PromptRegistry::get(std::string_view name, const NamedValues& arguments,
                                         RequestContext& context) const {
  const auto entry = find(name);
  if (!entry) return entry.error();
  for (const std::string& required : (*entry)->required) {
    if (arguments.contains(required)) continue;
    return Error{.code = ErrorCode::kInvalidParams,
                 .message = "Prompt " + quote_name(name) + " needs the argument " + quote_name(required) + "."};
  }
  return (*entry)->prompt.get(arguments, context);
}

Result<const Completer*> PromptRegistry::completer(std::string_view prompt, std::string_view argument) const {
  const auto entry = find(prompt);
  if (!entry) return entry.error();
  return completer_of((*entry)->prompt.completers, argument);
}

Result<Page> PromptRegistry::list(const PageRequest& wanted) const {
  return page_of(
      entries_, wanted, [](const Entry& entry) -> const std::string& { return entry.name; },
      [&](const Entry& entry) { return wire_for(entry.prompt.definition, wanted.revision); });
}

}  // namespace apmcp::mcp

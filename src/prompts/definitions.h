#pragma once

#include <span>
#include <string_view>

namespace apmcp::prompts {

/// A prompt as schemas/prompts/<name>.json has it.
struct PromptDefinition {
  std::string_view name;        ///< snake_case
  std::string_view wire;        ///< compact JSON object as listed: name, title, description, arguments
  std::string_view completion;  ///< compact JSON object: by argument, a family of ids ("agents") or the list of words
  std::string_view script;      ///< what is asked of the model, in the person's words; `argument` stands for its value
};

/// The definitions of schemas/prompts, embedded at build time, sorted by name.
std::span<const PromptDefinition> definitions();

}  // namespace apmcp::prompts

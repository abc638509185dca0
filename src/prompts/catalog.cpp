#include "prompts/catalog.h"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "prompts/definitions.h"
#include "prompts/script.h"
#include "resources/suggestions.h"

namespace apmcp::prompts {
namespace {

/// The ids that an argument may be completed from.
struct IdFamily {
  std::string_view name;
  resources::Suggest suggest;
};

constexpr std::array<IdFamily, 3> kIdFamilies{{{"agents", resources::suggest_agents},
                                               {"calls", resources::suggest_calls},
                                               {"numbers", resources::suggest_numbers}}};

mcp::Completer completer_from(const Json& source, tools::ToolServices& services) {
  if (source.is_array()) return resources::word_completer(source.get<std::vector<std::string>>());
  for (const IdFamily& family : kIdFamilies) {
    if (source == family.name) return resources::id_completer(family.suggest, services);
  }
  throw std::invalid_argument("a prompt completes from an unknown family of ids: " + source.dump());
}

mcp::Completers completers_of(const PromptDefinition& definition, tools::ToolServices& services) {
  mcp::Completers completers;
  const Json sources = Json::parse(definition.completion);
  for (const auto& [argument, source] : sources.items()) {
    completers.emplace(argument, completer_from(source, services));
  }
  return completers;
}

Json user_message(std::string text) {
  return {{"role", "user"}, {"content", {{"type", "text"}, {"text", std::move(text)}}}};
}

mcp::Prompt make_prompt(const PromptDefinition& definition, tools::ToolServices& services) {
  Json wire = Json::parse(definition.wire);
  const auto get = [script = definition.script, description = wire.at("description").get<std::string>(),
                    arguments = wire.at("arguments")](const mcp::NamedValues& values,
                                                      mcp::RequestContext& /*context*/) -> Result<mcp::PromptOutput> {
    auto text = fill_script(script, arguments, values);
    if (!text) return std::move(text).error();
    return mcp::PromptOutput{.description = description, .messages = Json::array({user_message(*std::move(text))})};
  };
  return {.definition = std::move(wire), .get = get, .completers = completers_of(definition, services)};
}

}  // namespace

std::vector<mcp::Prompt> make_prompts(tools::ToolServices& services) {
  std::vector<mcp::Prompt> made;
  for (const PromptDefinition& definition : definitions()) made.push_back(make_prompt(definition, services));
  return made;
}

}  // namespace apmcp::prompts

#include "tools/catalog.h"

#include <algorithm>

#include "tools/bindings.h"
#include "tools/definitions.h"
#include "tools/invoke.h"

namespace apmcp::tools {
namespace {

Error mismatch(std::string_view name, std::string_view problem) {
  return {.code = ErrorCode::kInternal, .message = "tool " + std::string(name) + " " + std::string(problem)};
}

}  // namespace

std::vector<Binding> all_bindings() {
  std::vector<Binding> all;
  for (const auto area : {signup_bindings(), account_bindings(), agent_bindings(), voice_bindings(), number_bindings(),
                          message_bindings(), wait_bindings(), call_bindings(), webhook_bindings(), event_bindings()}) {
    all.insert(all.end(), area.begin(), area.end());
  }
  return all;
}

Status check_catalog(std::span<const mcp::ToolDefinition> definitions, std::span<const Binding> bindings) {
  for (const auto& definition : definitions) {
    const auto functions = std::count_if(bindings.begin(), bindings.end(),
                                         [&](const Binding& binding) { return binding.name == definition.name; });
    if (functions == 0) return mismatch(definition.name, "has a definition in schemas/tools but no function");
    if (functions > 1) return mismatch(definition.name, "has more than one function");
  }
  for (const auto& binding : bindings) {
    const bool defined = std::any_of(definitions.begin(), definitions.end(),
                                     [&](const auto& definition) { return definition.name == binding.name; });
    if (!defined) return mismatch(binding.name, "has a function but no definition in schemas/tools");
  }
  return Unit{};
}

Result<std::vector<mcp::Tool>> make_tools(ToolServices& services) {
  const std::vector<Binding> bindings = all_bindings();
  if (auto checked = check_catalog(definitions(), bindings); !checked) return std::move(checked).error();
  std::vector<mcp::Tool> tools;
  tools.reserve(bindings.size());
  for (const auto& definition : definitions()) {
    const auto binding =
        *std::find_if(bindings.begin(), bindings.end(), [&](const Binding& b) { return b.name == definition.name; });
    tools.push_back({definition, [binding, &services](const Json& arguments, mcp::RequestContext& context) {
                       return invoke(binding, arguments, services, context);
                     }});
    if (binding.follow == nullptr) continue;
    tools.back().task_support = mcp::TaskSupport::kMay;
    tools.back().follow_up = [binding, &services](const Json& state, mcp::RequestContext& context) {
      return follow_up(binding, state, services, context);
    };
  }
  return tools;
}

}  // namespace apmcp::tools

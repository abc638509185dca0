#include "mcp/tool_registry.h"

#include <algorithm>
#include <utility>

#include "base/json_parse.h"
#include "mcp/client_capabilities.h"
#include "mcp/schema.h"

namespace apmcp::mcp {
namespace {

/// The definition without the members that `revision` does not know: some of its clients refuse what they do not
/// expect.
std::string tool_wire_for(const ToolDefinition& definition, const Revision& revision) {
  const bool has_foreign_icons = !revision.has_icons && definition.wire.find(R"("icons")") != std::string_view::npos;
  if (revision.has_structured && !has_foreign_icons) return std::string(definition.wire);
  Json wire = Json::parse(definition.wire);
  if (!revision.has_icons) wire.erase("icons");
  if (!revision.has_structured) {
    wire.erase("title");
    wire.erase("outputSchema");
  }
  if (!revision.has_annotations) wire.erase("annotations");
  return dump_json(wire);
}

Json needs_of(const Tool& tool) {
  Json needs = tool.required_capabilities.is_object() ? tool.required_capabilities : Json::object();
  if (tool.task_support == TaskSupport::kMust) needs.merge_patch(extension_capability(kTasksExtension));
  return needs;
}

}  // namespace

struct ToolRegistry::Entry {
  Tool tool;
  std::vector<MirroredArgument> mirrored;
  mutable std::once_flag compiled;
  mutable std::unique_ptr<const ArgumentSchema>
      schema;  // made on the first call: most tools are never called in a session

  const ArgumentSchema& arguments() const {
    std::call_once(compiled, [this] {
      schema = std::make_unique<const ArgumentSchema>(tool.definition.input_schema, tool.definition.example);
    });
    return *schema;
  }
};

ToolRegistry::ToolRegistry(std::vector<Tool> tools) {
  entries_.reserve(tools.size());
  for (Tool& tool : tools) {
    entries_.push_back(std::make_unique<Entry>());
    has_task_support_ = has_task_support_ || tool.task_support != TaskSupport::kNone;
    entries_.back()->mirrored = find_mirrored_arguments(tool.definition.input_schema);
    entries_.back()->tool = std::move(tool);
  }
}

ToolRegistry::ToolRegistry(ToolRegistry&& other) noexcept = default;

ToolRegistry::~ToolRegistry() = default;

const ToolRegistry::Entry* ToolRegistry::find(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return entry->tool.definition.name == name; });
  return found == entries_.end() ? nullptr : found->get();
}

const Tool* ToolRegistry::tool(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr ? nullptr : &entry->tool;
}

Json ToolRegistry::required_capabilities(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr ? Json::object() : needs_of(entry->tool);
}

std::span<const MirroredArgument> ToolRegistry::mirrored_arguments(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr ? std::span<const MirroredArgument>() : entry->mirrored;
}

Result<const Tool*> ToolRegistry::prepare(std::string_view name, const Json& arguments, RequestContext& context) const {
  const Entry* entry = find(name);
  if (entry == nullptr) {
    return Error{.code = ErrorCode::kInvalidParams, .message = "Unknown tool " + quote_name(name) + "."};
  }
  Json missing = missing_capabilities(context.client_capabilities, needs_of(entry->tool));
  if (!missing.empty()) return missing_capability(std::move(missing));
  if (auto error = entry->arguments().check(arguments)) return *std::move(error);
  if (entry->tool.preflight) {
    if (auto ready = entry->tool.preflight(arguments, context); !ready) return std::move(ready).error();
  }
  return &entry->tool;
}

Result<ToolOutput> ToolRegistry::call(std::string_view name, const Json& arguments, RequestContext& context) const {
  const auto tool = prepare(name, arguments, context);
  if (!tool) return tool.error();
  return (*tool)->handler(arguments, context);
}

Result<Page> ToolRegistry::list(const PageRequest& wanted) const {
  return page_of(
      entries_, wanted, [](const auto& entry) { return entry->tool.definition.name; },
      [&](const auto& entry) { return tool_wire_for(entry->tool.definition, wanted.revision); });
}

}  // namespace apmcp::mcp

#include "mcp/tool_registry.h"

#include <algorithm>
#include <utility>

#include "base/json_parse.h"
#include "mcp/client_capabilities.h"
#include "mcp/schema.h"

namespace apmcp::mcp {
namespace {

constexpr std::string_view kCursorPrefix = "after:";

/// The definition without the members that `revision` does not know: some of its clients refuse what they do not
/// expect.
std::string wire_for(const ToolDefinition& definition, const Revision& revision) {
  if (revision.has_structured) return std::string(definition.wire);
  Json wire = Json::parse(definition.wire);
  wire.erase("title");
  wire.erase("outputSchema");
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
  std::sort(tools.begin(), tools.end(),
            [](const Tool& a, const Tool& b) { return a.definition.name < b.definition.name; });
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
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), name,
                       [](const auto& entry, std::string_view n) { return entry->tool.definition.name < n; });
  return found != entries_.end() && (*found)->tool.definition.name == name ? found->get() : nullptr;
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
    return Error{.code = ErrorCode::kInvalidParams,
                 .message = "Unknown tool \"" + std::string(name.substr(0, 64)) + "\"."};
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

Result<std::string> ToolRegistry::list(const Revision& revision, std::string_view cursor, std::size_t page_size,
                                       std::string& next_cursor) const {
  std::size_t first = 0;
  if (!cursor.empty()) {
    const std::string_view last = cursor.starts_with(kCursorPrefix) ? cursor.substr(kCursorPrefix.size()) : "";
    while (first < entries_.size() && entries_[first]->tool.definition.name != last) ++first;
    if (first == entries_.size()) {
      return Error{.code = ErrorCode::kInvalidParams, .message = "Unknown cursor. Start again without one."};
    }
    ++first;
  }
  const std::size_t end = std::min(entries_.size(), first + page_size);
  std::string text = "[";
  for (std::size_t i = first; i < end; ++i) {
    if (i > first) text += ',';
    text += wire_for(entries_[i]->tool.definition, revision);
  }
  text += ']';
  next_cursor.clear();
  if (end < entries_.size()) next_cursor.append(kCursorPrefix).append(entries_[end - 1]->tool.definition.name);
  return text;
}

}  // namespace apmcp::mcp

#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/tool.h"
#include "mcp/listing.h"
#include "mcp/mirrored_argument.h"

namespace apmcp::mcp {

class ArgumentSchema;

/// The tools of this configuration, in the order in which they were given. Filled once by the constructor; thread-safe
/// from then on.
class ToolRegistry {
 public:
  /// Throws std::invalid_argument for a schema that asks for mirrored arguments against the rules.
  explicit ToolRegistry(std::vector<Tool> tools);
  ToolRegistry(ToolRegistry&& other) noexcept;
  ~ToolRegistry();

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  /// Everything before the handler: unknown name -> kInvalidParams, a client that cannot do what the tool needs ->
  /// kMissingCapability, arguments that do not fit -> kBadArguments, then the tool's preflight. The tool lives as long
  /// as the registry.
  Result<const Tool*> prepare(std::string_view name, const Json& arguments, RequestContext& context) const;

  /// Runs a tool: prepare(), then the handler.
  Result<ToolOutput> call(std::string_view name, const Json& arguments, RequestContext& context) const;

  /// nullptr for an unknown name. The tool lives as long as the registry.
  [[nodiscard]] const Tool* tool(std::string_view name) const;

  /// The client capabilities that a tool cannot do without; an empty object for an unknown tool.
  [[nodiscard]] Json required_capabilities(std::string_view name) const;

  /// The arguments of a tool that clients repeat in HTTP headers; empty for an unknown tool.
  [[nodiscard]] std::span<const MirroredArgument> mirrored_arguments(std::string_view name) const;

  /// True when a call of some tool can become a task.
  [[nodiscard]] bool has_task_support() const { return has_task_support_; }

  /// One page of tools/list. kInvalidParams for a cursor that this registry did not make.
  [[nodiscard]] Result<Page> list(const PageRequest& wanted) const;

 private:
  struct Entry;
  [[nodiscard]] const Entry* find(std::string_view name) const;

  std::vector<std::unique_ptr<Entry>> entries_;
  bool has_task_support_ = false;
};

}  // namespace apmcp::mcp

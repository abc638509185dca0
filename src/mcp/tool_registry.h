#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/tool.h"
#include "mcp/listing.h"

namespace apmcp::mcp {

class ArgumentSchema;

/// The tools of this configuration, in the order in which they were given. Filled once by the constructor; thread-safe
/// from then on.
class ToolRegistry {
 public:
  explicit ToolRegistry(std::vector<Tool> tools);
  ToolRegistry(ToolRegistry&& other) noexcept;
  ~ToolRegistry();

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  /// Runs a tool: unknown name -> kInvalidParams, arguments that do not fit -> kBadArguments, then the handler.
  Result<ToolOutput> call(std::string_view name, const Json& arguments, RequestContext& context) const;

  /// One page of tools/list. kInvalidParams for a cursor that this registry did not make.
  [[nodiscard]] Result<Page> list(const PageRequest& wanted) const;

 private:
  struct Entry;
  [[nodiscard]] const Entry* find(std::string_view name) const;

  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace apmcp::mcp

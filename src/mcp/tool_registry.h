#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/tool.h"
#include "mcp/revision.h"

namespace apmcp::mcp {

class ArgumentSchema;

/// The tools of this configuration, sorted by name. Filled once by the constructor; thread-safe from then on.
class ToolRegistry {
 public:
  explicit ToolRegistry(std::vector<Tool> tools);
  ToolRegistry(ToolRegistry&& other) noexcept;
  ~ToolRegistry();

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  /// Runs a tool: unknown name -> kInvalidParams, arguments that do not fit -> kBadArguments, then the handler.
  Result<ToolOutput> call(std::string_view name, const Json& arguments, RequestContext& context) const;

  /// One page of tools/list as the JSON text of its "tools" array, in the shape that `revision` knows. `cursor` is empty
  /// for the first page; `next_cursor` gets the next one, empty on the last page. kInvalidParams for a cursor that
  /// this registry did not make.
  Result<std::string> list(const Revision& revision, std::string_view cursor, std::size_t page_size,
                           std::string& next_cursor) const;

 private:
  struct Entry;
  [[nodiscard]] const Entry* find(std::string_view name) const;

  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace apmcp::mcp

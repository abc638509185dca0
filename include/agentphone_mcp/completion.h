#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/tool.h"

namespace apmcp::mcp {

/// Arguments of a prompt, or variables of a URI template: text by name.
using NamedValues = std::map<std::string, std::string, std::less<>>;

/// What a completer suggests. More than 100 values are cut to 100, which is all that a client may get ("Completion",
/// all revisions).
struct Completion {
  std::vector<std::string> values;   ///< best first; empty: no suggestion
  std::optional<std::size_t> total;  ///< how many there are in all; absent: as many as `values`
  bool has_more = false;             ///< there are more, even if nobody counted them
};

/// Suggests values for one argument or variable of which `typed` is there so far. `others` are the values that the
/// client settled before (empty below 2025-06-18). Called on a worker thread, several at once.
using Completer =
    std::function<Result<Completion>(std::string_view typed, const NamedValues& others, RequestContext& context)>;

/// Completers by the name of what they complete.
using Completers = std::map<std::string, Completer, std::less<>>;

}  // namespace apmcp::mcp

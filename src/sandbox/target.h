#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/operations.h"

namespace apmcp::sandbox {

struct Target {
  std::vector<std::string> segments;  ///< percent-decoded, without the leading empty one
  Query query;
};

/// Splits path and query. A '+' is a space in the query and itself in the path; an empty query value is absent.
Target parse_target(std::string_view target);

struct RouteMatch {
  const Route* route = nullptr;  ///< nullptr: see `path_known`
  std::vector<std::string> ids;
  bool path_known = false;  ///< the path exists for another method
};

RouteMatch find_route(std::string_view method, const Target& target);

}  // namespace apmcp::sandbox

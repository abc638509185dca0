#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/result.h"

// Arguments that clients repeat in HTTP headers, so that gateways can route by them (2026-07-28, "Custom headers":
// `x-mcp-header` in a property of a tool's input schema).
namespace apmcp::mcp {

struct MirroredArgument {
  std::vector<std::string> path;  ///< names of properties from the root of the arguments
  std::string header;             ///< in lower case, "mcp-param-region"
};

/// The annotated properties of a JSON Schema text. Throws std::invalid_argument when one is against the rules: the
/// annotation is no HTTP token or is there twice, the property is no string, integer or boolean, or it is not reached
/// through `properties` alone.
std::vector<MirroredArgument> find_mirrored_arguments(std::string_view input_schema);

/// True when `arguments` do not have the argument, or as null: then the header may be missing.
bool is_absent(const MirroredArgument& mirrored, const Json& arguments);

/// True when the decoded `value` of the header stands for the argument: integers by value, within +-(2^53-1). An absent
/// argument agrees with any header.
bool says_the_same(const MirroredArgument& mirrored, const Json& arguments, std::string_view value);

}  // namespace apmcp::mcp

#pragma once

#include <string>

#include "mcp/schema.h"

namespace apmcp::test {

/// Empty when `value` fits `schema` (valijson decides), else the first mistake.
inline std::string schema_mistake(const Json& schema, const Json& value) {
  const auto mistake = mcp::ArgumentSchema(schema.dump(), "{}").check(value);
  return mistake ? "does not fit: " + mistake->message : std::string();
}

}  // namespace apmcp::test

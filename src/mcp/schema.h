#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agentphone_mcp/result.h"

namespace apmcp::mcp {

/// A compiled JSON Schema for the arguments of a tool. Immutable after construction; check() is thread-safe.
class ArgumentSchema {
 public:
  /// `schema` and `example` are compact JSON texts of our own (embedded at build time), so a fault in them is a bug:
  /// the constructor throws std::exception then, and a test compiles every definition.
  ArgumentSchema(std::string_view schema, std::string_view example);
  ~ArgumentSchema();

  /// Absent when `arguments` fit. Otherwise Error{kBadArguments} that names the field, what was expected and a good
  /// example; data has {"field", "expected", "example"}.
  [[nodiscard]] std::optional<Error> check(const Json& arguments) const;

 private:
  struct Compiled;
  [[nodiscard]] Error explain(const Json& arguments, std::string_view field) const;

  std::unique_ptr<const Compiled> compiled_;
  Json schema_;
  Json example_;
};

}  // namespace apmcp::mcp

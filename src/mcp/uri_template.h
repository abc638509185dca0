#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/completion.h"

namespace apmcp::mcp {

/// A URI template of RFC 6570, level 1, read backwards: which values of the variables make a given URI. Immutable.
class UriTemplate {
 public:
  /// The text is our own, so a fault in it is a bug: throws std::invalid_argument for an expression of a higher level,
  /// a name that occurs twice, or two variables with nothing between them.
  explicit UriTemplate(std::string_view text);

  /// The variables of `uri`, percent-decoded; absent when it is not of this family. A value is never empty and never
  /// reaches over a "/", "?" or "#".
  [[nodiscard]] std::optional<NamedValues> match(std::string_view uri) const;

  [[nodiscard]] bool has_variable(std::string_view name) const;

 private:
  /// A variable and the text up to the next one.
  struct Part {
    std::string name;
    std::string literal;
  };

  std::string prefix_;
  std::vector<Part> parts_;
};

}  // namespace apmcp::mcp

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agentphone_mcp/result.h"

// Request targets: paths and queries in which no part can change the meaning of another.
namespace apmcp::agentphone {

/// True for 1-64 characters of A-Z a-z 0-9 _ and -. Ids of the service are opaque, but all that were seen fit this;
/// what does not fit ("..", "a/b", "x?y") never reaches a path.
bool is_id(std::string_view text);

/// Ok, or Error{kBadArguments} that names `argument` and says which tool lists valid ids.
Status check_id(std::string_view argument, std::string_view id);

/// RFC 3986: everything but unreserved characters as %XX. '+' becomes %2B, which the service would read as a space.
std::string percent_encode(std::string_view text);

/// Builds "?a=b&c=d". Absent and empty values are left out: the service reads an empty value as absent.
class Query {
 public:
  Query& add(std::string_view name, std::string_view value);
  Query& add(std::string_view name, const std::optional<std::string>& value);
  Query& add(std::string_view name, const std::optional<std::int64_t>& value);

  /// `path` with the query behind it.
  [[nodiscard]] std::string on(std::string path) const { return std::move(path) + text_; }

 private:
  std::string text_;
};

}  // namespace apmcp::agentphone

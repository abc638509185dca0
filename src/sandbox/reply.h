#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/result.h"

namespace apmcp::sandbox {

/// What an operation answers. The three error shapes of the service are all in use: refusals by hand (A), failed
/// request validation (B) and coded conditions (C).
struct Reply {
  int status = 200;
  Json body = nullptr;
  std::string retry_after;  ///< whole seconds; empty for no header
};

/// One failed check of a request, as in a shape B body.
struct FieldError {
  std::vector<std::string> where;  ///< {"body", "toNumber"}
  std::string message, type;
};

Reply ok(Json body);

/// Shape A: {"detail": text}.
Reply refuse(int status, std::string_view text);

/// Shape B: 422 {"detail": [{loc, msg, type}]}.
Reply invalid(const std::vector<FieldError>& errors);
Reply invalid_field(std::string_view field, std::string_view message, std::string_view type);

/// Shape C: {"error": {message, code, type}}.
Reply coded(int status, std::string_view code, std::string_view type, std::string_view text);

}  // namespace apmcp::sandbox

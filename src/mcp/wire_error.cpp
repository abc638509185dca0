#include "mcp/wire_error.h"

#include <algorithm>
#include <array>
#include <utility>

namespace apmcp::mcp {
namespace {

namespace code = jsonrpc::code;

//   code                             tool result, JSON-RPC code, in 2026-07-28, HTTP status
constexpr std::array<WireError, 27> kRows{{
    {ErrorCode::kParse, false, code::kParseError, 0, 400},
    {ErrorCode::kInvalidRequest, false, code::kInvalidRequest, 0, 400},
    {ErrorCode::kMethodNotFound, false, code::kMethodNotFound, 0, 404},
    {ErrorCode::kInvalidParams, false, code::kInvalidParams, 0, 400},
    {ErrorCode::kNotInitialized, false, code::kInvalidRequest, 0, 400},
    {ErrorCode::kUnsupportedRevision, false, code::kUnsupportedProtocolVersion, 0, 400},
    {ErrorCode::kHeaderMismatch, false, code::kInvalidRequest, code::kHeaderMismatch, 400},
    {ErrorCode::kMissingCapability, true, code::kInvalidRequest, code::kMissingClientCapability, 400},
    {ErrorCode::kInputRequired, true, code::kInternalError, code::kInternalError, 200},
    {ErrorCode::kInputRefused, true, code::kInternalError, 0, 200},
    {ErrorCode::kNoSuchResource, false, code::kResourceNotFound, code::kInvalidParams, 200},
    {ErrorCode::kCancelled, true, code::kInternalError, 0, 200},
    {ErrorCode::kBusy, false, code::kServerBusy, 0, 503},
    {ErrorCode::kBadArguments, true, code::kInvalidParams, 0, 200},
    {ErrorCode::kPolicyDenied, true, code::kInvalidRequest, 0, 200},
    {ErrorCode::kNeedsConfirmation, true, code::kInvalidRequest, 0, 200},
    {ErrorCode::kUnauthorized, true, code::kInvalidRequest, 0, 200},
    {ErrorCode::kNotFound, true, code::kInvalidParams, 0, 200},
    {ErrorCode::kConflict, true, code::kInvalidRequest, 0, 200},
    {ErrorCode::kForbidden, true, code::kInvalidRequest, 0, 200},
    {ErrorCode::kInvalidUpstream, true, code::kInternalError, 0, 200},
    {ErrorCode::kBalance, true, code::kInvalidRequest, 0, 200},
    {ErrorCode::kRateLimited, true, code::kServerBusy, 0, 200},
    {ErrorCode::kTimeout, true, code::kInternalError, 0, 200},
    {ErrorCode::kUpstreamDown, true, code::kInternalError, 0, 200},
    {ErrorCode::kOutcomeUnknown, true, code::kInternalError, 0, 200},
    {ErrorCode::kInternal, false, code::kInternalError, 0, 200},
}};

}  // namespace

Error invalid_params(std::string message) {
  return {.code = ErrorCode::kInvalidParams, .message = std::move(message)};
}

const WireError& wire_error(ErrorCode error_code) {
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end(), [&](const WireError& r) { return r.code == error_code; });
  return row == kRows.end() ? kRows.back() : *row;
}

bool is_tool_result(const Error& error, bool is_stateless) {
  const WireError& row = wire_error(error.code);
  return row.is_tool_result && !(is_stateless && row.stateless_code != 0);
}

jsonrpc::RpcError to_rpc_error(const Error& error, bool is_stateless) {
  const WireError& row = wire_error(error.code);
  const bool has_own = is_stateless && row.stateless_code != 0;
  return {.code = has_own ? row.stateless_code : row.rpc_code, .message = error.message, .data = error.data};
}

Json to_tool_error(const Error& error) {
  Json facts{{"code", error_code_name(error.code)}, {"message", error.message}};
  if (error.retry_after) facts["retry_after_seconds"] = error.retry_after->count();
  if (error.data.is_object()) facts.update(error.data);
  return Json{{"error", std::move(facts)}, {"next_step", error.next_step}};
}

}  // namespace apmcp::mcp

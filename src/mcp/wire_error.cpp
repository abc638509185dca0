#include "mcp/wire_error.h"

#include <algorithm>
#include <array>

namespace apmcp::mcp {
namespace {

namespace code = jsonrpc::code;

constexpr std::array<WireError, 22> kRows{{
    {ErrorCode::kParse, false, code::kParseError},
    {ErrorCode::kInvalidRequest, false, code::kInvalidRequest},
    {ErrorCode::kMethodNotFound, false, code::kMethodNotFound},
    {ErrorCode::kInvalidParams, false, code::kInvalidParams},
    {ErrorCode::kNotInitialized, false, code::kInvalidRequest},
    {ErrorCode::kUnsupportedRevision, false, code::kUnsupportedProtocolVersion},
    {ErrorCode::kCancelled, true, code::kInternalError},
    {ErrorCode::kBusy, false, code::kServerBusy},
    {ErrorCode::kBadArguments, true, code::kInvalidParams},
    {ErrorCode::kPolicyDenied, true, code::kInvalidRequest},
    {ErrorCode::kNeedsConfirmation, true, code::kInvalidRequest},
    {ErrorCode::kUnauthorized, true, code::kInvalidRequest},
    {ErrorCode::kNotFound, true, code::kInvalidParams},
    {ErrorCode::kConflict, true, code::kInvalidRequest},
    {ErrorCode::kForbidden, true, code::kInvalidRequest},
    {ErrorCode::kInvalidUpstream, true, code::kInternalError},
    {ErrorCode::kBalance, true, code::kInvalidRequest},
    {ErrorCode::kRateLimited, true, code::kServerBusy},
    {ErrorCode::kTimeout, true, code::kInternalError},
    {ErrorCode::kUpstreamDown, true, code::kInternalError},
    {ErrorCode::kOutcomeUnknown, true, code::kInternalError},
    {ErrorCode::kInternal, false, code::kInternalError},
}};

}  // namespace

const WireError& wire_error(ErrorCode error_code) {
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end(), [&](const WireError& r) { return r.code == error_code; });
  return row == kRows.end() ? kRows.back() : *row;
}

jsonrpc::RpcError to_rpc_error(const Error& error) {
  return {.code = wire_error(error.code).rpc_code, .message = error.message, .data = error.data};
}

Json to_tool_error(const Error& error) {
  Json facts{{"code", error_code_name(error.code)}, {"message", error.message}};
  if (error.retry_after) facts["retry_after_seconds"] = error.retry_after->count();
  if (error.data.is_object()) facts.update(error.data);
  return Json{{"error", std::move(facts)}, {"next_step", error.next_step}};
}

}  // namespace apmcp::mcp

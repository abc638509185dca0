#include "agentphone_mcp/result.h"

namespace apmcp {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kParse: return "parse_error";
    case ErrorCode::kInvalidRequest: return "invalid_request";
    case ErrorCode::kMethodNotFound: return "method_not_found";
    case ErrorCode::kInvalidParams: return "invalid_params";
    case ErrorCode::kNotInitialized: return "not_initialized";
    case ErrorCode::kUnsupportedRevision: return "unsupported_revision";
    case ErrorCode::kHeaderMismatch: return "header_mismatch";
    case ErrorCode::kMissingCapability: return "missing_client_capability";
    case ErrorCode::kInputRequired: return "input_required";
    case ErrorCode::kInputRefused: return "input_refused";
    case ErrorCode::kNoSuchResource: return "no_such_resource";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kBusy: return "busy";
    case ErrorCode::kBadArguments: return "bad_arguments";
    case ErrorCode::kPolicyDenied: return "policy_denied";
    case ErrorCode::kNeedsConfirmation: return "needs_confirmation";
    case ErrorCode::kUnauthorized: return "unauthorized";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kForbidden: return "forbidden";
    case ErrorCode::kInvalidUpstream: return "invalid_upstream";
    case ErrorCode::kBalance: return "balance";
    case ErrorCode::kRateLimited: return "rate_limited";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kUpstreamDown: return "upstream_down";
    case ErrorCode::kOutcomeUnknown: return "outcome_unknown";
    case ErrorCode::kInternal: return "internal";
  }
  return "internal";
}

}  // namespace apmcp

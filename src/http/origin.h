#pragma once

#include <string>
#include <string_view>

#include "agentphone_mcp/result.h"

namespace apmcp::http {

/// Where requests go. Only what parse_origin() lets through exists.
struct Origin {
  bool tls = true;
  std::string host = "api.agentphone.to";  ///< lower-case name, or a loopback literal without brackets
  int port = 443;
  bool is_loopback = false;
};

/// Checks a base URL against the hosts a key may travel to:
///   - https://api.agentphone.to (the default) and https://api.agentphone.ai, exactly, without port, path or user-info;
///   - http://127.0.0.1:PORT, http://[::1]:PORT and http://localhost:PORT for the sandbox and tests;
///   - https to a loopback host only with `test_tls`, which the operator has to ask for by naming a test CA file.
/// Everything else is Error{kPolicyDenied} with one line for stderr.
Result<Origin> parse_origin(std::string_view base_url, bool test_tls);

/// A live key ("sk_live_...") never goes to loopback. Error{kPolicyDenied}, one line.
Status check_key_for_origin(std::string_view key, const Origin& origin);

}  // namespace apmcp::http

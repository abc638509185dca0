#pragma once

#include <string_view>

#include "agentphone_mcp/result.h"

// What may leave this machine. Pure and thread-safe; decided before any traffic.
namespace apmcp::policy {

/// kPolicyDenied when a string anywhere in `arguments` (keys of objects too) holds something shaped like an API key or
/// a webhook secret, whatever the tool: a text message or a call prompt is a way out for a secret. The message names
/// the argument by its path and never its contents.
Status check_outbound(const Json& arguments);

/// kBadArguments, naming `field` with a good example, unless `text` is an https URL of a public host by name: no
/// user-info, no IP address in any notation, no single-label, local or reserved name, no name that resolves to an
/// address spelled in it, port 443 or 8443 or none, visible ASCII only (other names as xn--), at most 2048 bytes.
/// `allow_loopback` additionally takes http and https on 127.0.0.1, [::1] and localhost with any port; for the sandbox.
Status check_public_https_url(std::string_view field, std::string_view text, bool allow_loopback = false);

}  // namespace apmcp::policy

#pragma once

#include <string>

#include "agentphone_mcp/result.h"
#include "http/call_state.h"
#include "http/http_transport.h"

namespace apmcp::http {

/// The Error of an attempt that gave no answer, by the table of HttpTransport. `host` is named in the message.
Error send_error(Method method, const std::string& host, const CallState& call);

}  // namespace apmcp::http

#pragma once

#include "agentphone_mcp/result.h"
#include "http/http_transport.h"

namespace apmcp::agentphone {

/// The Error that an answer with a status outside 200-299 stands for. Reads all three error shapes of the service
/// (detail text, detail array, coded error) and plain text; the message is one or two clean sentences, never HTML and
/// never a key, and next_step names the tool that helps. For a write, 500/502/504 are kOutcomeUnknown.
Error error_from_response(http::Method method, std::string_view target, const http::HttpResponse& response);

}  // namespace apmcp::agentphone

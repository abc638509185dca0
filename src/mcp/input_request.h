#pragma once

#include <span>

#include "agentphone_mcp/tool.h"

// What is asked of a client and what counts as an answer, for all revisions: RequestContext::ask stands on this, and
// so do the three ways in which a question travels (outgoing_requests.h, round_trip.h, tasks.h).
namespace apmcp::mcp {

/// The ClientCapabilities that `method` with `params` needs, e.g. {"elicitation":{"url":{}}}.
Json capabilities_for(std::string_view method, const Json& params);

/// `request` as a client of `revision` knows it. 2025-06-18 gets forms without modes, without the defaults of strings
/// and numbers, titled enums as enumNames, and one choice where several could be made ("Elicitation" of both).
InputRequest for_revision(InputRequest request, const Revision& revision);

/// True when `answer` is a result of `request`: right kind, and all required properties of an accepted form.
bool is_answer(const InputRequest& request, const Json& answer);

/// {"method", "params"} as inputRequests of 2026-07-28 and of tasks hold it.
Json to_input_request(const InputRequest& request);

}  // namespace apmcp::mcp

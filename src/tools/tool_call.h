#pragma once

#include "agentphone/api.h"
#include "agentphone/credentials.h"
#include "agentphone_mcp/tool.h"
#include "numbers/number_plan.h"
#include "policy/disclosure.h"

namespace apmcp::tools {

/// What a tool function works with. Everything outlives the call. One call is one thread.
struct ToolCall {
  agentphone::AgentPhoneApi& api;
  agentphone::Credentials& credentials;
  const numbers::NumberPlan& number_plan;
  const policy::Disclosure& disclosure;
  mcp::RequestContext& context;
  agentphone::AgentPhoneApi::Options options;  ///< deadline and stop token of this call
};

}  // namespace apmcp::tools

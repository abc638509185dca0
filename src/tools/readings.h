#pragma once

#include <string>

#include "tools/tool_call.h"

// What tools and resources read in the same way.
namespace apmcp::tools {

/// Plan, quota, agents, numbers, webhook and what is wrong with them, as account_overview tells it without its
/// next_step. What could not be read is named in "problems"; an error when that is everything, or a matter of the key.
Result<Json> account_facts(ToolCall& call);

/// The service has no look-up of one number in the brief's operations, so the list is walked, at most 1,000 numbers.
Result<agentphone::PhoneNumber> find_number(const std::string& number_id, ToolCall& call);

}  // namespace apmcp::tools

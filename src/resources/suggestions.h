#pragma once

#include <string_view>

#include "agentphone_mcp/completion.h"
#include "tools/tool_call.h"

// Completion of the ids in resource templates: from the latest 100 of the account, by id, name or phone number. Nothing
// is suggested when AgentPhone does not answer in time.
namespace apmcp::resources {

using Suggest = mcp::Completion (*)(std::string_view typed, tools::ToolCall& call);

mcp::Completion suggest_agents(std::string_view typed, tools::ToolCall& call);
mcp::Completion suggest_numbers(std::string_view typed, tools::ToolCall& call);
mcp::Completion suggest_conversations(std::string_view typed, tools::ToolCall& call);
mcp::Completion suggest_calls(std::string_view typed, tools::ToolCall& call);

}  // namespace apmcp::resources

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/completion.h"
#include "tools/tool_call.h"

// Completion of ids: from the latest 100 of the account, by id, name or phone number. Nothing is suggested when
// AgentPhone does not answer in time.
namespace apmcp::resources {

using Suggest = mcp::Completion (*)(std::string_view typed, tools::ToolCall& call);

mcp::Completion suggest_agents(std::string_view typed, tools::ToolCall& call);
mcp::Completion suggest_numbers(std::string_view typed, tools::ToolCall& call);
mcp::Completion suggest_conversations(std::string_view typed, tools::ToolCall& call);
mcp::Completion suggest_calls(std::string_view typed, tools::ToolCall& call);

/// Suggests with the key of whoever asks. `services` outlives the completer.
mcp::Completer id_completer(Suggest suggest, tools::ToolServices& services);

/// Suggests those of a fixed list that begin with what was typed, then those that contain it, whatever the case.
mcp::Completer word_completer(std::vector<std::string> words);

}  // namespace apmcp::resources

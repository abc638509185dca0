#pragma once

#include <optional>
#include <string>

#include "tools/tool_call.h"

// Which agent or number a call means when its arguments do not say: the only one there is, or the one that the person
// picks. A client that cannot ask gets an error that lists them.
namespace apmcp::tools {

struct Choice {
  std::string id;
  std::string note;  ///< what was assumed, one sentence; empty when the call or the person said it
};

/// `agent_id`, or else one of the agents that can text and call: with a number, and with `number_id` if that is given.
/// kBadArguments when there is none or the choice is open; errors of ask_person.
Result<Choice> choose_agent(const std::optional<std::string>& agent_id, const std::optional<std::string>& number_id,
                            ToolCall& call);

/// `number_id`, or else one of the account's numbers. Errors as choose_agent.
Result<Choice> choose_number(const std::optional<std::string>& number_id, ToolCall& call);

/// Notes one after the other; empty ones are left out.
std::string join_notes(const std::string& first, const std::string& second);

}  // namespace apmcp::tools

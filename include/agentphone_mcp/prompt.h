#pragma once

#include <functional>
#include <string>

#include "agentphone_mcp/completion.h"

namespace apmcp::mcp {

/// What a prompt becomes with its arguments filled in.
struct PromptOutput {
  std::string description;        ///< empty: none
  Json messages = Json::array();  ///< {"role": "user" or "assistant", "content": one block as in ToolOutput::content}
};

/// Fills a prompt in. `arguments` has every required one, and only text. Called on a worker thread, several at once.
using PromptHandler = std::function<Result<PromptOutput>(const NamedValues& arguments, RequestContext& context)>;

/// A prompt as the server offers it ("Prompts", all revisions).
struct Prompt {
  Json definition;  ///< as listed by the newest revision: name, and optionally title, description, arguments, icons
  PromptHandler get;
  Completers completers = {};  ///< by argument
};

}  // namespace apmcp::mcp

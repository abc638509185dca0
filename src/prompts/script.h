#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agentphone_mcp/completion.h"

namespace apmcp::prompts {

/// One value, at most, bytes of UTF-8 after cleaning: what a business does fits, a document does not.
inline constexpr std::size_t kMaxValueBytes = 2000;

/// A script with the values of its arguments, as the text of one message. Values do not become part of the script: they
/// stand in a block below it, one line of JSON text each, so that none can pass for a step. Invisible characters and
/// keys are taken out of them. `arguments` are those of the definition; other values are ignored, blank ones are left
/// out. kInvalidParams for a value that is too long, and for a required one that is blank.
Result<std::string> fill_script(std::string_view script, const Json& arguments, const mcp::NamedValues& values);

}  // namespace apmcp::prompts

#pragma once

#include <string>

#include "agentphone_mcp/result.h"
#include "mcp/revision.h"

namespace apmcp::mcp {

/// A content block of type "text".
Json text_block(std::string text);

/// A block as `revision` knows it. The kinds of content are a closed set in every revision, so what came later becomes
/// text that says what was there: links to resources below 2025-06-18, audio in 2024-11-05.
Json content_for(Json block, const Revision& revision);

}  // namespace apmcp::mcp

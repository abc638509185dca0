#pragma once

#include "agentphone_mcp/result.h"
#include "inbox/inbox.h"

namespace apmcp::tools {

/// An event as list_events shows it.
Json event_row(const inbox::StoredEvent& stored);

}  // namespace apmcp::tools

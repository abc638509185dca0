#pragma once

#include <filesystem>
#include <memory>

#include "mcp/spent_states.h"

namespace apmcp::store {

/// Spent request states in SQLite: shared by all processes that open the same file, and kept over a restart. `file` is
/// absolute. Fails when it cannot be opened or written, or is refused.
Result<std::unique_ptr<mcp::SpentStates>> open_spent_states(const std::filesystem::path& file);

}  // namespace apmcp::store

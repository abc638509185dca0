#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "mcp/task_store.h"

namespace apmcp::store {

struct TaskStoreOptions {
  std::filesystem::path file;  ///< absolute; several processes may share it
  std::size_t tasks = 4096;    ///< kept at most, of all owners; bounds the file
  std::size_t tasks_per_owner = 256;
};

/// Tasks in SQLite, which outlive the process. Each belongs to the process that runs it. A lock file beside the
/// database shows that this process lives, so that others adopt only its orphans. Thread-safe: one call at a time uses
/// the connection. Fails when the file cannot be opened or written, or is refused.
Result<std::unique_ptr<mcp::TaskStore>> open_task_store(const TaskStoreOptions& options);

}  // namespace apmcp::store

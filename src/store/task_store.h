#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "mcp/task_store.h"

namespace apmcp::store {

struct TaskStoreOptions {
  std::filesystem::path file;  ///< absolute; several processes may share it
  std::size_t tasks = 1024;    ///< that are kept at most
  std::size_t tasks_per_owner = 256;
};

/// Tasks in SQLite, which outlive the process. Each belongs to the process that runs it; a lock file beside the
/// database says that this one lives, so that others adopt only what is left behind. Not thread-safe, as TaskStore
/// says. Fails when the file cannot be opened or written, or is refused.
Result<std::unique_ptr<mcp::TaskStore>> open_task_store(const TaskStoreOptions& options);

}  // namespace apmcp::store

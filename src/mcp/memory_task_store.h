#pragma once

#include <cstddef>
#include <map>
#include <mutex>

#include "mcp/task_store.h"

namespace apmcp::mcp {

/// Tasks that live as long as the process. Thread-safe.
class MemoryTaskStore final : public TaskStore {
 public:
  struct Limits {
    std::size_t tasks = 256;
    std::size_t tasks_per_owner = 64;
  };

  explicit MemoryTaskStore(Limits limits) : limits_(limits) {}

  Status insert(const TaskRecord& task) override;
  std::optional<TaskRecord> find(const std::string& id) override;
  void replace(const TaskRecord& task) override;
  void erase(const std::string& id) override;
  void erase_expired(Clock::TimePoint now) override;

 private:
  const Limits limits_;
  std::mutex mutex_;
  std::map<std::string, TaskRecord> tasks_;  // guarded by mutex_; by id
};

}  // namespace apmcp::mcp

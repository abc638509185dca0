#pragma once

#include <cstddef>
#include <map>

#include "mcp/task_store.h"

namespace apmcp::mcp {

/// Tasks that live as long as the process. Not thread-safe, as TaskStore says.
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
  std::map<std::string, TaskRecord> tasks_;  // by id
};

}  // namespace apmcp::mcp

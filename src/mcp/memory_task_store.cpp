#include "mcp/memory_task_store.h"

#include <algorithm>

namespace apmcp::mcp {

Status MemoryTaskStore::insert(const TaskRecord& task) {
  const std::lock_guard lock(mutex_);
  const auto owned = std::count_if(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    return entry.second.owner == task.owner && entry.second.account == task.account;
  });
  if (tasks_.size() >= limits_.tasks || static_cast<std::size_t>(owned) >= limits_.tasks_per_owner) {
    return Error{.code = ErrorCode::kBusy, .message = "Too many tasks are kept. Wait until some have ended."};
  }
  tasks_.insert_or_assign(task.id, task);
  return Unit{};
}

std::optional<TaskRecord> MemoryTaskStore::find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? std::nullopt : std::optional(found->second);
}

void MemoryTaskStore::replace(const TaskRecord& task) {
  const std::lock_guard lock(mutex_);
  if (const auto found = tasks_.find(task.id); found != tasks_.end()) found->second = task;
}

void MemoryTaskStore::erase(const std::string& id) {
  const std::lock_guard lock(mutex_);
  tasks_.erase(id);
}

void MemoryTaskStore::erase_expired(Clock::TimePoint now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(tasks_, [&](const auto& entry) { return entry.second.created_at + entry.second.ttl <= now; });
}

}  // namespace apmcp::mcp

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/result.h"
#include "base/clock.h"

namespace apmcp::mcp {

using TaskIds = std::set<std::string, std::less<>>;

/// Status of a task (extension io.modelcontextprotocol/tasks). The last three are final.
enum class TaskStatus { kWorking, kInputRequired, kCompleted, kFailed, kCancelled };

/// As it is called on the wire and in stores: "working".
std::string_view task_status_name(TaskStatus status);

/// What is kept of a task.
struct TaskRecord {
  std::string id;     ///< 128 random bits in hex
  std::string owner;  ///< RequestContext::caller of the call that became the task; nobody else may see it
  TaskStatus status = TaskStatus::kWorking;
  Clock::TimePoint created_at;
  Clock::TimePoint updated_at;
  std::chrono::milliseconds ttl{0};            ///< from created_at; the task is not dropped earlier
  std::chrono::milliseconds poll_interval{0};  ///< how often clients should look, a hint
  Json input_requests = Json::object();        ///< kInputRequired: what is asked, by key
  std::string status_message;                  ///< for people; may be empty
  Json resume = nullptr;   ///< what it takes to take the task up again after a restart; null: it ends
  Json outcome = nullptr;  ///< kCompleted: the tool's result; kFailed: a JSON-RPC error object
};

/// Keeps tasks. Called by Tasks alone, with its lock held, so an implementation needs none; it may do I/O and must
/// not call back.
class TaskStore {
 public:
  TaskStore() = default;
  TaskStore(const TaskStore&) = delete;
  TaskStore& operator=(const TaskStore&) = delete;
  virtual ~TaskStore() = default;

  /// Durable when it returns. kBusy when there are too many, of this owner or at all.
  virtual Status insert(const TaskRecord& task) = 0;

  virtual std::optional<TaskRecord> find(const std::string& id) = 0;

  /// Nothing happens when the task is gone.
  virtual void replace(const TaskRecord& task) = 0;
  virtual void erase(const std::string& id) = 0;

  /// Drops the tasks whose ttl has passed.
  virtual void erase_expired(Clock::TimePoint now) = 0;

  /// Gives this process the unfinished tasks of processes that have ended. No two processes get the same one.
  virtual std::vector<TaskRecord> adopt() { return {}; }
};

}  // namespace apmcp::mcp

#pragma once

#include <chrono>
#include <cstddef>
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
  std::string id;       ///< 128 random bits in hex
  std::string owner;    ///< RequestContext::caller of the call that became the task; no other caller may see it
  std::string account;  ///< TaskAccount::id of the server's key at that time; no server with another key may see it
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

/// Keeps tasks. Thread-safe; may do I/O, so Tasks calls it without its own lock. Must not call back.
class TaskStore {
 public:
  TaskStore() = default;
  TaskStore(const TaskStore&) = delete;
  TaskStore& operator=(const TaskStore&) = delete;
  virtual ~TaskStore() = default;

  /// Durable when it returns. kBusy when there are too many, of this owner and account or at all.
  virtual Status insert(const TaskRecord& task) = 0;

  virtual std::optional<TaskRecord> find(const std::string& id) = 0;

  /// Nothing happens when the task is gone.
  virtual void replace(const TaskRecord& task) = 0;
  virtual void erase(const std::string& id) = 0;

  /// Drops the tasks whose ttl has passed.
  virtual void erase_expired(Clock::TimePoint now) = 0;

  /// Gives this process up to `limit` orphans: unfinished tasks of ended processes that belong to `account`. No two
  /// processes get the same one. The others stay orphaned.
  virtual std::vector<TaskRecord> adopt(const std::string& account, std::size_t limit) {
    static_cast<void>(account);
    static_cast<void>(limit);
    return {};
  }

  /// Makes an adopted task an orphan again.
  virtual void release(const std::string& id) { static_cast<void>(id); }
};

}  // namespace apmcp::mcp

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/tool.h"
#include "base/clock.h"
#include "base/executor.h"
#include "mcp/task_store.h"

namespace apmcp::mcp {

/// The key that the work of new tasks acts with, and its name.
struct TaskAccount {
  std::string id;                     ///< a hash of the key, kept with each task; empty without a key
  std::shared_ptr<const Secret> key;  ///< null: callers bring their own
};

/// Calls that continue after their answer (extension io.modelcontextprotocol/tasks, 2026-07-28): runs them, keeps their
/// records, and takes the client's answers to their questions. Belongs to no connection. Thread-safe.
///
/// Every call names its caller; a task of another caller, or of a key that this process never had, is unknown to it. A
/// running task lends its worker's place, so it never delays a short call. A task past its ttl is unknown at once; its
/// work is stopped and its record dropped with a later call.
///
/// The store holds transitions: start, input required, answered, end. Status messages live in memory. No store call
/// happens under the lock of all tasks, so a slow disk delays only the task that is written.
class Tasks {
 public:
  /// The work of a task: a CallToolResult. An Error becomes `failed`, kCancelled becomes `cancelled`. Its progress
  /// becomes the task's status message.
  using Work = std::function<Result<Json>(RequestContext& context)>;

  struct Options {
    std::chrono::milliseconds ttl = std::chrono::hours(1);
    std::chrono::milliseconds poll_interval = std::chrono::seconds(1);
    /// Told of every change of a status, its message or what is asked, in order, by one thread at a time and without a
    /// lock; of several changes of one task while it was busy, of the last. It may be called by any thread, must not
    /// throw and must not call drain().
    std::function<void(const TaskRecord&)> on_change = nullptr;
    /// The work of a task that an ended process left unfinished; empty: it cannot be taken up and fails. Asked with the
    /// first use of this object.
    std::function<Work(const TaskRecord&)> take_up = nullptr;
    /// The server's key as of now; it may change while the process runs. A task keeps the key that it started with, and
    /// only tasks of this key are adopted. Empty: TaskAccount{}.
    std::function<TaskAccount()> account = nullptr;
  };

  /// All outlive this.
  Tasks(TaskStore& store, Executor& executor, const Clock& clock, Options options);

  /// Cancels what runs and waits until it has noticed.
  ~Tasks();

  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  /// Starts a task for `request`, whose capabilities, caller and state the work gets. What `work` refers to must live
  /// until drain() has returned true. With `resume` the task outlives this process: see TaskRecord. kBusy when too many
  /// tasks are kept or wait, or after drain().
  Result<TaskRecord> start(const RequestContext& request, Work work, Json resume = nullptr);

  /// kInvalidParams for an unknown task, here and below.
  Result<TaskRecord> get(const std::string& id, std::string_view caller);

  /// Those of `ids` that get() would find.
  TaskIds known(const TaskIds& ids, std::string_view caller);

  /// Takes answers by key. Ignored: keys that are not asked, and values that are no answer to the question.
  Status update(const std::string& id, std::string_view caller, const Json& responses);

  /// Asks the task to stop; it may still end otherwise. Nothing happens to one that has ended.
  Status cancel(const std::string& id, std::string_view caller);

  /// Takes no more tasks, cancels what runs, and waits up to `limit`. False when something still runs.
  bool drain(std::chrono::milliseconds limit);

 private:
  struct Running;
  class TaskInput;
  class TaskStatusLine;

  bool launch(const std::shared_ptr<Running>& task, RequestContext context, Work work);
  void run(const std::shared_ptr<Running>& task, RequestContext context, const Work& work);
  Result<std::vector<Json>> ask(Running& task, std::span<const InputRequest> requests);
  void finish(Running& task, Result<Json> outcome);
  void cancel_all();

  [[nodiscard]] TaskAccount account() const;
  Result<TaskRecord> find(const std::string& id, std::string_view caller);
  void tend();  // at the head of all calls
  void adopt_orphans();
  bool resume(TaskRecord orphan, const TaskAccount& account);
  void drop_expired();
  void persist(Running& task);                                           // without mutex_
  void report(const Running& task, std::unique_lock<std::mutex>& lock);  // releases the lock while it reports

  TaskStore& store_;
  Executor& executor_;
  const Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable_any changed_;                      // an answer came, or nothing runs any more
  std::map<std::string, std::shared_ptr<Running>> running_;  // guarded by mutex_; by id, from start to end
  std::deque<TaskRecord> unreported_;                        // guarded by mutex_
  bool is_reporting_ = false;                                // guarded by mutex_
  bool is_draining_ = false;                                 // guarded by mutex_
  std::set<std::string, std::less<>> accounts_;              // guarded by mutex_; of this process, now and before
  bool is_adopting_ = false;                                 // guarded by mutex_
  std::optional<std::string> adopted_;                       // guarded by mutex_; the account without orphans
  Clock::TimePoint swept_;                                   // guarded by mutex_; when the store last dropped records
};

/// The task as tasks/get and notifications/tasks show it. A new one has the members of CreateTaskResult.
Json to_task(const TaskRecord& task);

}  // namespace apmcp::mcp

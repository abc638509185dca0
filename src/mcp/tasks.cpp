#include "mcp/tasks.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <set>
#include <utility>

#include "base/json_parse.h"
#include "base/log.h"
#include "base/random.h"
#include "mcp/input_request.h"
#include "mcp/revision.h"
#include "mcp/wire_error.h"

namespace apmcp::mcp {
namespace {

Error cancelled() {
  return {.code = ErrorCode::kCancelled, .message = "Cancelled."};
}

Error unknown_task(const std::string& id) {
  return {.code = ErrorCode::kInvalidParams, .message = "Unknown task \"" + id.substr(0, 64) + "\"."};
}

/// How long expired records stay in the store at most while calls come in.
constexpr std::chrono::seconds kBetweenSweeps{1};

/// Why a task of an ended process does not go on.
Error left_behind() {
  return {.code = ErrorCode::kInternal,
          .message =
              "The server was restarted while this task ran, and it cannot be taken up again. What the tool began "
              "may have been done: look before it is called again."};
}

/// What cannot be done to a task that does not run in this process: ok when it has ended, and there is nothing to do.
Status unless_unfinished(const TaskRecord& task) {
  if (task.status != TaskStatus::kWorking && task.status != TaskStatus::kInputRequired) return Unit{};
  return Error{.code = ErrorCode::kBusy,
               .message =
                   "Another server process runs this task, or it waits to be continued. Nothing was changed. "
                   "Try again shortly."};
}

Json to_error_object(const Error& error) {
  const jsonrpc::RpcError rpc = to_rpc_error(error, true);
  Json object{{"code", rpc.code}, {"message", rpc.message}};
  if (!rpc.data.is_null()) object["data"] = rpc.data;
  return object;
}

/// An exception becomes kInternal, as in McpServer::run.
Result<Json> guarded(const Tasks::Work& work, RequestContext& context) {
  try {
    return work(context);
  } catch (const std::exception& failure) {
    log::error("task_failed", {{"what", failure.what()}});
    return Error{.code = ErrorCode::kInternal, .message = "Internal error. The server's log says more."};
  }
}

}  // namespace

std::string_view task_status_name(TaskStatus status) {
  switch (status) {
    case TaskStatus::kWorking: return "working";
    case TaskStatus::kInputRequired: return "input_required";
    case TaskStatus::kCompleted: return "completed";
    case TaskStatus::kFailed: return "failed";
    case TaskStatus::kCancelled: return "cancelled";
  }
  return "failed";
}

/// A task that has not ended. Everything but the stops and `writing` is guarded by the mutex of Tasks.
struct Tasks::Running {
  TaskRecord record;           // newer than in the store
  std::mutex writing;          // held while the record is written; taken before the mutex of Tasks
  std::stop_source cancelled;  // by the client
  std::stop_source stop;
  std::map<std::string, InputRequest> asked;  // unanswered, by key
  std::set<std::string> used_keys;            // a key is never used again in one task
  Json answers = Json::object();              // by key, until the handler takes them

  /// `wanted`, or the first of wanted-2, wanted-3, ... that is new.
  std::string new_key(const std::string& wanted) {
    std::string key = wanted;
    for (int n = 2; !used_keys.insert(key).second; ++n) key = wanted + "-" + std::to_string(n);
    return key;
  }
};

class Tasks::TaskInput final : public InputChannel {
 public:
  TaskInput(Tasks& tasks, Running& task) : tasks_(tasks), task_(task) {}

  /// Only the task's owner can answer, by a key that was never used before, so every answer is proved.
  Result<std::vector<Json>> ask(std::span<const InputRequest> requests, AnswerProof /*proof*/) override {
    return tasks_.ask(task_, requests);
  }

 private:
  Tasks& tasks_;
  Running& task_;
};

/// A task has no notifications of progress (2026-07-28, "Tasks"): what they would say is its status message.
class Tasks::TaskStatusLine final : public NotificationSink {
 public:
  TaskStatusLine(Tasks& tasks, Running& task) : tasks_(tasks), task_(task) {}

  void notify(std::string_view /*method*/, const Json& params) override {
    const Json* message = member(params, "message");
    if (message == nullptr || !message->is_string()) return;
    std::unique_lock lock(tasks_.mutex_);
    task_.record.status_message = message->get<std::string>();
    task_.record.updated_at = tasks_.clock_.now();
    tasks_.report(task_, lock);
  }

 private:
  Tasks& tasks_;
  Running& task_;
};

Tasks::Tasks(TaskStore& store, Executor& executor, const Clock& clock, Options options)
    : store_(store), executor_(executor), clock_(clock), options_(std::move(options)) {}

Tasks::~Tasks() {
  cancel_all();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return running_.empty() && !is_reporting_; });
}

TaskAccount Tasks::account() const {
  return options_.account ? options_.account() : TaskAccount{};
}

Result<TaskRecord> Tasks::start(const RequestContext& request, Work work, Json resume) {
  const Error ending{.code = ErrorCode::kBusy, .message = "The server is about to end."};
  auto task = std::make_shared<Running>();
  TaskAccount account = this->account();
  const auto now = clock_.now();
  const TaskRecord record{.id = random_id(),
                          .owner = request.caller,
                          .account = account.id,
                          .created_at = now,
                          .updated_at = now,
                          .ttl = options_.ttl,
                          .poll_interval = options_.poll_interval,
                          .resume = std::move(resume)};
  task->record = record;
  tend();
  if (auto inserted = store_.insert(record); !inserted) return std::move(inserted).error();
  std::unique_lock lock(mutex_);
  const bool is_taken = !is_draining_;
  if (is_taken) {
    running_.emplace(record.id, task);
    accounts_.insert(record.account);
  }
  lock.unlock();
  RequestContext context = request;
  if (!context.caller_key) context.caller_key = std::move(account.key);
  if (is_taken && launch(task, std::move(context), std::move(work))) return record;
  store_.erase(record.id);
  lock.lock();
  running_.erase(record.id);
  changed_.notify_all();
  if (!is_taken) return ending;
  return Error{.code = ErrorCode::kBusy, .message = "Too many requests are waiting. Try again shortly."};
}

bool Tasks::launch(const std::shared_ptr<Running>& task, RequestContext context, Work work) {
  // The task outlives the request, so nothing of the request's own way to the client may be in its context.
  context.sink = nullptr;
  context.input = nullptr;
  context.progress_token = task->record.id;
  context.log_level.reset();
  context.cancelled = task->cancelled.get_token();
  context.stop = task->stop.get_token();
  context.write_stop = context.stop;
  return executor_.submit([this, task, context = std::move(context), work = std::move(work)]() mutable {
    run(task, std::move(context), work);
  });
}

void Tasks::run(const std::shared_ptr<Running>& task, RequestContext context, const Work& work) {
  const Executor::LentPlace lent(executor_);
  // What its client cancelled runs all the same, with the stop fired: it may have something to end.
  if (context.stop.stop_requested() && !context.cancelled.stop_requested()) {
    finish(*task, cancelled());
    return;
  }
  TaskInput input(*this, *task);
  context.input = &input;
  TaskStatusLine status_line(*this, *task);
  context.sink = &status_line;
  finish(*task, guarded(work, context));
}

Result<std::vector<Json>> Tasks::ask(Running& task, std::span<const InputRequest> requests) {
  if (task.stop.stop_requested()) return cancelled();
  std::vector<std::string> keys;
  std::unique_lock lock(mutex_);
  for (const InputRequest& request : requests) {
    keys.push_back(task.new_key(request.key));
    task.asked.emplace(keys.back(), request);
    task.record.input_requests[keys.back()] = to_input_request(request);
  }
  task.record.status = TaskStatus::kInputRequired;
  task.record.updated_at = clock_.now();
  lock.unlock();
  persist(task);
  lock.lock();
  report(task, lock);

  // Nobody may ever come back, so the wait ends with the task's life. The bound keeps the sum below the clock's end.
  constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(24);
  const auto left = std::min(clock_.real_time_until(task.record.created_at + task.record.ttl), kLongest);
  const bool all_answered =
      changed_.wait_until(lock, task.stop.get_token(), std::chrono::steady_clock::now() + left, [&] {
        return std::all_of(keys.begin(), keys.end(), [&](const auto& key) { return task.answers.contains(key); });
      });
  if (!all_answered) return cancelled();
  std::vector<Json> answers;
  for (const std::string& key : keys) {
    answers.push_back(std::move(task.answers[key]));
    task.answers.erase(key);
  }
  return answers;
}

void Tasks::finish(Running& task, Result<Json> outcome) {
  std::unique_lock lock(mutex_);
  const bool was_stopped = !outcome && outcome.error().code == ErrorCode::kCancelled;
  if (was_stopped && is_draining_ && !task.cancelled.stop_requested() && !task.record.resume.is_null()) {
    // Not over: the next process adopts it.
    running_.erase(task.record.id);
    changed_.notify_all();
    return;
  }
  TaskRecord last = task.record;
  lock.unlock();
  last.updated_at = clock_.now();
  last.input_requests = Json::object();
  if (outcome) {
    last.status = TaskStatus::kCompleted;
    last.outcome = *std::move(outcome);
  } else if (was_stopped) {
    last.status = TaskStatus::kCancelled;
  } else {
    last.status = TaskStatus::kFailed;
    last.outcome = to_error_object(outcome.error());
  }
  // On disk before anyone sees it: an end that was seen is an end after a restart.
  std::unique_lock one_writer(task.writing);
  store_.replace(last);
  lock.lock();
  one_writer.unlock();
  task.asked.clear();
  task.record = std::move(last);
  running_.erase(task.record.id);
  report(task, lock);
  changed_.notify_all();
}

/// A task that runs is read from memory, which is newer than the store. It leaves memory after its end is stored.
Result<TaskRecord> Tasks::find(const std::string& id, std::string_view caller) {
  const TaskAccount now = account();
  std::optional<TaskRecord> found;
  {
    const std::lock_guard lock(mutex_);
    if (const auto running = running_.find(id); running != running_.end()) found = running->second->record;
  }
  if (!found) found = store_.find(id);
  if (!found || found->owner != caller || found->created_at + found->ttl <= clock_.now()) return unknown_task(id);
  if (found->account == now.id) return *std::move(found);
  const std::lock_guard lock(mutex_);
  if (!accounts_.contains(found->account)) return unknown_task(id);
  return *std::move(found);
}

Result<TaskRecord> Tasks::get(const std::string& id, std::string_view caller) {
  tend();
  return find(id, caller);
}

TaskIds Tasks::known(const TaskIds& ids, std::string_view caller) {
  TaskIds found;
  if (ids.empty()) return found;  // so that the store is not opened for nothing
  tend();
  std::copy_if(ids.begin(), ids.end(), std::inserter(found, found.end()),
               [&](const std::string& id) { return find(id, caller).ok(); });
  return found;
}

Status Tasks::update(const std::string& id, std::string_view caller, const Json& responses) {
  tend();
  const auto found = find(id, caller);
  if (!found) return found.error();
  std::unique_lock lock(mutex_);
  const auto running = running_.find(id);
  if (running == running_.end()) return unless_unfinished(*found);
  const std::shared_ptr<Running> task = running->second;
  bool is_new = false;
  for (const auto& [key, answer] : responses.items()) {
    const auto asked = task->asked.find(key);
    if (asked == task->asked.end() || !is_answer(asked->second, answer)) continue;
    task->answers[key] = answer;
    task->asked.erase(asked);
    task->record.input_requests.erase(key);
    is_new = true;
  }
  if (!is_new) return Unit{};
  if (task->asked.empty()) task->record.status = TaskStatus::kWorking;
  task->record.updated_at = clock_.now();
  changed_.notify_all();
  lock.unlock();
  persist(*task);
  lock.lock();
  report(*task, lock);
  return Unit{};
}

Status Tasks::cancel(const std::string& id, std::string_view caller) {
  tend();
  const auto found = find(id, caller);
  if (!found) return found.error();
  std::shared_ptr<Running> task;
  {
    const std::lock_guard lock(mutex_);
    if (const auto running = running_.find(id); running != running_.end()) task = running->second;
  }
  if (task == nullptr) return unless_unfinished(*found);
  task->cancelled.request_stop();  // both run callbacks, so never under the mutex
  task->stop.request_stop();
  return Unit{};
}

void Tasks::cancel_all() {
  std::vector<std::stop_source> stops;
  {
    const std::lock_guard lock(mutex_);
    is_draining_ = true;
    for (const auto& [id, task] : running_) stops.push_back(task->stop);
  }
  for (std::stop_source& stop : stops) stop.request_stop();
}

bool Tasks::drain(std::chrono::milliseconds limit) {
  cancel_all();
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return running_.empty() && !is_reporting_; });
}

void Tasks::tend() {
  adopt_orphans();
  drop_expired();
}

/// Adopts no more than the executor can queue. The rest stay orphaned, for a later call or for another process.
void Tasks::adopt_orphans() {
  const TaskAccount now = account();
  {
    const std::lock_guard lock(mutex_);
    if (is_draining_ || is_adopting_ || adopted_ == now.id) return;
    is_adopting_ = true;
  }
  bool has_all = false;
  while (!has_all && !executor_.is_full()) {
    auto orphans = store_.adopt(now.id, 1);
    has_all = orphans.empty();
    if (!has_all && !resume(std::move(orphans.front()), now)) break;
  }
  const std::lock_guard lock(mutex_);
  is_adopting_ = false;
  if (has_all) adopted_ = now.id;
}

/// False when it could not be queued and is an orphan again.
bool Tasks::resume(TaskRecord orphan, const TaskAccount& account) {
  const std::string id = orphan.id;
  auto task = std::make_shared<Running>();
  task->record = std::move(orphan);
  RequestContext context;
  context.revision = find_revision("2026-07-28");
  context.caller = task->record.owner;
  context.caller_key = account.key;
  Work work = options_.take_up && !task->record.resume.is_null() ? options_.take_up(task->record) : nullptr;
  std::unique_lock lock(mutex_);
  const bool is_taken = !is_draining_;
  if (is_taken) {
    running_.emplace(id, task);
    accounts_.insert(account.id);
  }
  lock.unlock();
  if (is_taken && !work) {
    finish(*task, left_behind());
    return true;
  }
  if (is_taken && launch(task, std::move(context), std::move(work))) return true;
  store_.release(id);
  lock.lock();
  running_.erase(id);
  changed_.notify_all();
  return false;
}

void Tasks::drop_expired() {
  const auto now = clock_.now();
  bool is_sweeping = false;
  std::vector<std::stop_source> stops;
  {
    const std::lock_guard lock(mutex_);
    is_sweeping = now < swept_ || now - swept_ >= kBetweenSweeps;
    if (is_sweeping) swept_ = now;
    for (const auto& [id, task] : running_) {
      if (task->record.created_at + task->record.ttl <= now) stops.push_back(task->stop);
    }
  }
  for (std::stop_source& stop : stops) stop.request_stop();
  if (is_sweeping) store_.erase_expired(now);
}

/// One write of a task at a time, each of what is newest: so the last one is the newest.
void Tasks::persist(Running& task) {
  const std::lock_guard one_writer(task.writing);
  TaskRecord newest;
  {
    const std::lock_guard lock(mutex_);
    newest = task.record;
  }
  store_.replace(newest);
}

/// Single drainer: the first thread to find no other reporting reports, changes of others included, which keeps their
/// order. A pending change is replaced by the newer one of its task, which bounds the queue.
void Tasks::report(const Running& task, std::unique_lock<std::mutex>& lock) {
  if (!options_.on_change) return;
  const auto waiting = std::find_if(unreported_.begin(), unreported_.end(),
                                    [&](const TaskRecord& other) { return other.id == task.record.id; });
  if (waiting == unreported_.end()) {
    unreported_.push_back(task.record);
  } else {
    *waiting = task.record;
  }
  if (std::exchange(is_reporting_, true)) return;
  while (!unreported_.empty()) {
    const TaskRecord next = std::move(unreported_.front());
    unreported_.pop_front();
    lock.unlock();
    options_.on_change(next);
    lock.lock();
  }
  is_reporting_ = false;
  changed_.notify_all();
}

Json to_task(const TaskRecord& task) {
  Json object{{"taskId", task.id},
              {"status", task_status_name(task.status)},
              {"createdAt", iso8601(task.created_at)},
              {"lastUpdatedAt", iso8601(task.updated_at)},
              {"ttlMs", task.ttl.count()},
              {"pollIntervalMs", task.poll_interval.count()}};
  if (!task.status_message.empty()) object["statusMessage"] = task.status_message;
  if (task.status == TaskStatus::kInputRequired) object["inputRequests"] = task.input_requests;
  if (task.status == TaskStatus::kCompleted) object["result"] = task.outcome;
  if (task.status == TaskStatus::kFailed) object["error"] = task.outcome;
  return object;
}

}  // namespace apmcp::mcp

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

/// Why a task of an ended process does not go on.
Error left_behind() {
  return {.code = ErrorCode::kInternal,
          .message =
              "The server was restarted while this task ran, and it cannot be taken up again. What the tool began "
              "may have been done: look before it is called again."};
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

/// A task that has not ended. Everything but the stops is guarded by the mutex of Tasks.
struct Tasks::Running {
  TaskRecord record;           // what the store holds
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
    tasks_.save(task_, lock);
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

Result<TaskRecord> Tasks::start(const RequestContext& request, Work work, Json resume) {
  auto task = std::make_shared<Running>();
  const auto now = clock_.now();
  const TaskRecord record{.id = random_id(),
                          .owner = request.caller,
                          .created_at = now,
                          .updated_at = now,
                          .ttl = options_.ttl,
                          .poll_interval = options_.poll_interval,
                          .resume = std::move(resume)};
  task->record = record;
  tend();
  {
    const std::lock_guard lock(mutex_);
    if (is_draining_) return Error{.code = ErrorCode::kBusy, .message = "The server is about to end."};
    if (auto inserted = store_.insert(record); !inserted) return std::move(inserted).error();
    running_.emplace(record.id, task);
  }
  if (launch(task, request, std::move(work))) return record;
  const std::lock_guard lock(mutex_);
  store_.erase(record.id);
  running_.erase(record.id);
  changed_.notify_all();
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
  save(task, lock);

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
    // Not over: who comes after this process takes it up.
    running_.erase(task.record.id);
    changed_.notify_all();
    return;
  }
  task.asked.clear();
  task.record.input_requests = Json::object();
  if (outcome) {
    task.record.status = TaskStatus::kCompleted;
    task.record.outcome = *std::move(outcome);
  } else if (was_stopped) {
    task.record.status = TaskStatus::kCancelled;
  } else {
    task.record.status = TaskStatus::kFailed;
    task.record.outcome = to_error_object(outcome.error());
  }
  save(task, lock);
  running_.erase(task.record.id);
  changed_.notify_all();
}

Result<TaskRecord> Tasks::find(const std::string& id, std::string_view caller) {
  auto found = store_.find(id);
  if (!found || found->owner != caller) return unknown_task(id);
  return *std::move(found);
}

Result<TaskRecord> Tasks::get(const std::string& id, std::string_view caller) {
  tend();
  const std::lock_guard lock(mutex_);
  return find(id, caller);
}

TaskIds Tasks::known(const TaskIds& ids, std::string_view caller) {
  tend();
  TaskIds found;
  const std::lock_guard lock(mutex_);
  std::copy_if(ids.begin(), ids.end(), std::inserter(found, found.end()),
               [&](const std::string& id) { return find(id, caller).ok(); });
  return found;
}

Status Tasks::update(const std::string& id, std::string_view caller, const Json& responses) {
  tend();
  std::unique_lock lock(mutex_);
  if (auto found = find(id, caller); !found) return std::move(found).error();
  const auto running = running_.find(id);
  if (running == running_.end()) return Unit{};
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
  changed_.notify_all();
  save(*task, lock);
  return Unit{};
}

Status Tasks::cancel(const std::string& id, std::string_view caller) {
  tend();
  std::shared_ptr<Running> task;
  {
    const std::lock_guard lock(mutex_);
    if (auto found = find(id, caller); !found) return std::move(found).error();
    if (const auto running = running_.find(id); running != running_.end()) task = running->second;
  }
  if (task == nullptr) return Unit{};
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

void Tasks::adopt_orphans() {
  std::vector<TaskRecord> orphans;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(has_adopted_, true) || is_draining_) return;
    orphans = store_.adopt();
  }
  for (TaskRecord& orphan : orphans) {
    auto task = std::make_shared<Running>();
    task->record = std::move(orphan);
    {
      const std::lock_guard lock(mutex_);
      if (is_draining_) return;  // the next process takes them up
      running_.emplace(task->record.id, task);
    }
    Work work = options_.take_up && !task->record.resume.is_null() ? options_.take_up(task->record) : nullptr;
    RequestContext context;
    context.revision = find_revision("2026-07-28");
    context.caller = task->record.owner;
    if (!work || !launch(task, std::move(context), std::move(work))) finish(*task, left_behind());
  }
}

void Tasks::drop_expired() {
  const auto now = clock_.now();
  std::vector<std::stop_source> stops;
  {
    const std::lock_guard lock(mutex_);
    store_.erase_expired(now);
    for (const auto& [id, task] : running_) {
      if (task->record.created_at + task->record.ttl <= now) stops.push_back(task->stop);
    }
  }
  for (std::stop_source& stop : stops) stop.request_stop();
}

void Tasks::save(Running& task, std::unique_lock<std::mutex>& lock) {
  task.record.updated_at = clock_.now();
  store_.replace(task.record);
  if (!options_.on_change) return;
  // Whoever finds nobody reporting reports, what others change meanwhile too: that keeps the order. What waits already
  // waits as it is now, which also bounds what can wait.
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

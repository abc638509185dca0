#include "store/task_store.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <mutex>
#include <string>
#include <utility>

#include "base/json_parse.h"
#include "base/log.h"
#include "base/random.h"
#include "platform/file_lock.h"
#include "store/database.h"
#include "store/unix_ms.h"

namespace apmcp::store {
namespace {

using mcp::TaskRecord;
using mcp::TaskStatus;

constexpr std::array<std::string_view, 2> kTaskSchema{
    "CREATE TABLE tasks ("
    "  id TEXT PRIMARY KEY, owner TEXT NOT NULL, process TEXT NOT NULL, status TEXT NOT NULL,"
    "  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, ttl INTEGER NOT NULL, poll_interval INTEGER NOT NULL,"
    "  status_message TEXT NOT NULL, input_requests TEXT NOT NULL, resume TEXT NOT NULL, outcome TEXT NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE INDEX tasks_by_owner ON tasks (owner);",
    "ALTER TABLE tasks ADD COLUMN account TEXT NOT NULL DEFAULT ''"};

constexpr const char* kColumns =
    "id, owner, status, created_at, updated_at, ttl, poll_interval, status_message, input_requests, resume, outcome, "
    "account";
/// The `process` of a task that was released; no process has that name, so it counts as ended.
constexpr std::string_view kNoProcess = "released";

TaskStatus status_from(const std::string& name) {
  for (const TaskStatus status :
       {TaskStatus::kWorking, TaskStatus::kInputRequired, TaskStatus::kCompleted, TaskStatus::kCancelled}) {
    if (mcp::task_status_name(status) == name) return status;
  }
  return TaskStatus::kFailed;
}

Json json_from(const std::string& text) {
  auto parsed = parse_json(text);
  return parsed ? *std::move(parsed) : Json();
}

TaskRecord record_from(const Statement& row) {
  return {.id = row.text(0),
          .owner = row.text(1),
          .account = row.text(11),
          .status = status_from(row.text(2)),
          .created_at = from_ms(row.integer(3)),
          .updated_at = from_ms(row.integer(4)),
          .ttl = std::chrono::milliseconds(row.integer(5)),
          .poll_interval = std::chrono::milliseconds(row.integer(6)),
          .input_requests = json_from(row.text(8)),
          .status_message = row.text(7),
          .resume = json_from(row.text(9)),
          .outcome = json_from(row.text(10))};
}

Error too_many() {
  return {.code = ErrorCode::kBusy, .message = "Too many tasks are kept. Wait until some have ended."};
}

class SqliteTaskStore final : public mcp::TaskStore {
 public:
  SqliteTaskStore(TaskStoreOptions options, Database database, std::string process, platform::FileLock life)
      : options_(std::move(options)),
        database_(std::move(database)),
        process_(std::move(process)),
        life_(std::move(life)) {}

  Status insert(const TaskRecord& task) override {
    const std::lock_guard lock(mutex_);
    return database_.transact([&]() -> Status {
      const auto all = count("SELECT count(*) FROM tasks");
      const auto own = count("SELECT count(*) FROM tasks WHERE owner = ?1 AND account = ?2", task.owner, task.account);
      if (!all || !own) return (all ? own : all).error();
      if (static_cast<std::size_t>(*all) >= options_.tasks ||
          static_cast<std::size_t>(*own) >= options_.tasks_per_owner) {
        return too_many();
      }
      return run(
          "INSERT INTO tasks (id, owner, process, status, created_at, updated_at, ttl, poll_interval, status_message, "
          "input_requests, resume, outcome, account) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
          task.id, task.owner, process_, mcp::task_status_name(task.status), to_ms(task.created_at),
          to_ms(task.updated_at), task.ttl.count(), task.poll_interval.count(), task.status_message,
          dump_json(task.input_requests), dump_json(task.resume), dump_json(task.outcome), task.account);
    });
  }

  std::optional<TaskRecord> find(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    auto found = rows(std::string("SELECT ") + kColumns + " FROM tasks WHERE id = ?1", id);
    if (!found) note(found.error());
    return !found || found->empty() ? std::nullopt : std::optional(std::move(found->front()));
  }

  void replace(const TaskRecord& task) override {
    const std::lock_guard lock(mutex_);
    note(
        run("UPDATE tasks SET status = ?2, updated_at = ?3, status_message = ?4, input_requests = ?5, outcome = ?6 "
            "WHERE id = ?1",
            task.id, mcp::task_status_name(task.status), to_ms(task.updated_at), task.status_message,
            dump_json(task.input_requests), dump_json(task.outcome)));
  }

  void erase(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    note(run("DELETE FROM tasks WHERE id = ?1", id));
  }

  void erase_expired(Clock::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    note(run("DELETE FROM tasks WHERE created_at + ttl <= ?1", to_ms(now)));
  }

  std::vector<TaskRecord> adopt(const std::string& account, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<TaskRecord> adopted;
    for (const std::string& process : others(account)) {
      if (adopted.size() >= limit) break;
      // Held while its tasks change hands: of two processes that start at the same time one finds it taken.
      const auto death = platform::FileLock::try_take(life_file(options_.file, process));
      if (!death) continue;  // it lives
      std::vector<TaskRecord> taken;
      const Status moved = database_.transact([&]() -> Status {
        auto orphans = rows(std::string("UPDATE tasks SET process = ?1 WHERE id IN (SELECT id FROM tasks WHERE ") +
                                "process = ?2 AND account = ?3 AND status IN ('working', 'input_required') " +
                                "ORDER BY created_at LIMIT ?4) RETURNING " + kColumns,
                            process_, process, account, static_cast<std::int64_t>(limit - adopted.size()));
        if (!orphans) return std::move(orphans).error();
        taken = *std::move(orphans);
        return Unit{};
      });
      note(moved);
      if (moved) std::move(taken.begin(), taken.end(), std::back_inserter(adopted));
    }
    return adopted;
  }

  void release(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    note(run("UPDATE tasks SET process = ?2 WHERE id = ?1", id, kNoProcess));
  }

  static std::filesystem::path life_file(const std::filesystem::path& database, const std::string& process) {
    return database.parent_path() / ("tasks-" + process + ".lock");
  }

 private:
  template <typename... Values>
  Status run(std::string_view sql, const Values&... values) {
    auto statement = database_.prepare(sql);
    return statement ? statement->run(values...) : Status(std::move(statement).error());
  }

  template <typename... Values>
  Result<std::int64_t> count(std::string_view sql, const Values&... values) {
    auto statement = database_.prepare(sql);
    if (!statement) return std::move(statement).error();
    const auto row = statement->start(values...);
    if (!row) return row.error();
    return statement->integer(0);
  }

  /// All rows of a statement that yields kColumns.
  template <typename... Values>
  Result<std::vector<TaskRecord>> rows(std::string_view sql, const Values&... values) {
    auto statement = database_.prepare(sql);
    if (!statement) return std::move(statement).error();
    std::vector<TaskRecord> found;
    auto row = statement->start(values...);
    for (; row && *row; row = statement->step()) found.push_back(record_from(*statement));
    if (!row) return row.error();
    return found;
  }

  /// Processes besides this one that have unfinished tasks of `account`.
  std::vector<std::string> others(const std::string& account) {
    std::vector<std::string> names;
    auto statement = database_.prepare(
        "SELECT DISTINCT process FROM tasks WHERE process <> ?1 AND account = ?2 AND "
        "status IN ('working', 'input_required')");
    if (!statement) return names;
    auto row = statement->start(process_, account);
    for (; row && *row; row = statement->step()) names.push_back(statement->text(0));
    return names;
  }

  /// No caller to report to, so log it. The task continues in memory only.
  static void note(const Status& status) {
    if (!status) log::warn("task_store_failed", {{"why", status.error().message}});
  }

  const TaskStoreOptions options_;
  std::mutex mutex_;
  Database database_;  // guarded by mutex_
  const std::string process_;
  const platform::FileLock life_;
};

}  // namespace

Result<std::unique_ptr<mcp::TaskStore>> open_task_store(const TaskStoreOptions& options) {
  auto database = Database::open(options.file);
  if (!database) return std::move(database).error();
  if (auto ready = database->migrate(kTaskSchema); !ready) return std::move(ready).error();
  std::string process = random_id();
  auto life = platform::FileLock::try_take(SqliteTaskStore::life_file(options.file, process));
  if (!life)
    return Error{.code = ErrorCode::kInternal,
                 .message = "No lock file can be made beside " + options.file.string() + "."};
  return std::unique_ptr<mcp::TaskStore>(
      std::make_unique<SqliteTaskStore>(options, *std::move(database), std::move(process), *std::move(life)));
}

}  // namespace apmcp::store

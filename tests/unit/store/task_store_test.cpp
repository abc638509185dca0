// Tasks on disk: what is kept, who adopts what, and how a task goes on in the next process.
#include "store/task_store.h"

#include <latch>

#include <doctest/doctest.h>

#include "mcp/revision.h"
#include "mcp/tasks.h"
#include "store/database.h"
#include "support/manual_clock.h"
#include "support/temporary_directory.h"

namespace apmcp {
namespace {

using mcp::RequestContext;
using mcp::TaskRecord;
using mcp::Tasks;
using mcp::TaskStatus;

struct TaskFolder {
  test::TemporaryDirectory directory;
  test::ManualClock clock;

  std::unique_ptr<mcp::TaskStore> open(std::size_t tasks = 10, std::size_t per_owner = 5) {
    auto store = store::open_task_store(
        {.file = directory.path() / "state" / "tasks.db", .tasks = tasks, .tasks_per_owner = per_owner});
    REQUIRE(store);
    return *std::move(store);
  }

  [[nodiscard]] TaskRecord record(const std::string& id, TaskStatus status = TaskStatus::kWorking) const {
    return {.id = id,
            .owner = "ada",
            .status = status,
            .created_at = clock.now(),
            .updated_at = clock.now(),
            .ttl = std::chrono::minutes(5),
            .poll_interval = std::chrono::seconds(1)};
  }
};

/// A server's life: its tasks, and what takes up those of the one before.
struct Life {
  Life(TaskFolder& folder, std::function<Tasks::Work(const TaskRecord&)> take_up)
      : store(folder.open()), tasks(*store, executor, folder.clock, {.take_up = std::move(take_up)}) {}

  std::string start(Tasks::Work work, Json resume) {
    RequestContext context;
    context.revision = mcp::find_revision("2026-07-28");
    context.caller = "ada";
    const auto task = tasks.start(context, std::move(work), std::move(resume));
    REQUIRE(task);
    return task->id;
  }

  /// Polls, as clients do, until the task is no longer at work.
  TaskRecord ended(const std::string& id) {
    for (;;) {
      auto task = tasks.get(id, "ada");
      REQUIRE(task);
      if (task->status != TaskStatus::kWorking) return *std::move(task);
      std::this_thread::yield();
    }
  }

  std::unique_ptr<mcp::TaskStore> store;
  Executor executor{2, 8};
  Tasks tasks;
};

Result<Json> until_stopped(RequestContext& context) {
  std::latch stopped(1);
  const std::stop_callback on_stop(context.stop, [&] { stopped.count_down(); });
  stopped.wait();
  return Error{.code = ErrorCode::kCancelled, .message = "Cancelled."};
}

Tasks::Work nobody(const TaskRecord& /*task*/) {
  return nullptr;
}

TEST_SUITE("unit") {
  TEST_CASE("everything about a task is there after a restart") {
    TaskFolder f;
    TaskRecord task = f.record("t1");
    task.status_message = "They: we have 2 pm";
    task.resume = {{"tool", "place_call"}, {"state", {{"call_id", "call_1"}}}};
    REQUIRE(f.open()->insert(task));
    task.status = TaskStatus::kInputRequired;
    task.input_requests = {{"ok", {{"method", "elicitation/create"}}}};
    f.open()->replace(task);
    const auto found = f.open()->find("t1");
    REQUIRE(found);
    CHECK(found->owner == "ada");
    CHECK(found->status == TaskStatus::kInputRequired);
    CHECK(found->created_at == task.created_at);
    CHECK(found->ttl == task.ttl);
    CHECK(found->poll_interval == task.poll_interval);
    CHECK(found->status_message == task.status_message);
    CHECK(found->input_requests == task.input_requests);
    CHECK(found->resume == task.resume);
    CHECK(found->outcome.is_null());
    CHECK_FALSE(f.open()->find("t2"));
  }

  TEST_CASE("too many tasks, of one owner or at all, are refused, and what is past its time is dropped") {
    TaskFolder f;
    const auto store = f.open(3, 2);
    REQUIRE(store->insert(f.record("t1")));
    REQUIRE(store->insert(f.record("t2")));
    CHECK(store->insert(f.record("t3")).error().code == ErrorCode::kBusy);
    TaskRecord of_bob = f.record("t4");
    of_bob.owner = "bob";
    REQUIRE(store->insert(of_bob));
    of_bob.id = "t5";
    CHECK(store->insert(of_bob).error().code == ErrorCode::kBusy);
    f.clock.advance(std::chrono::minutes(5));
    store->erase_expired(f.clock.now());
    CHECK_FALSE(store->find("t1"));
    CHECK(store->insert(of_bob));
    store->erase("t5");
    CHECK_FALSE(store->find("t5"));
  }

  TEST_CASE("only what an ended process left unfinished is adopted, and once") {
    TaskFolder f;
    auto first = f.open();
    REQUIRE(first->insert(f.record("working")));
    REQUIRE(first->insert(f.record("asking", TaskStatus::kInputRequired)));
    REQUIRE(first->insert(f.record("done", TaskStatus::kCompleted)));
    const auto second = f.open();
    CHECK(second->adopt("", 9).empty());  // the first lives
    first.reset();
    CHECK(second->adopt("", 9).size() == 2);
    CHECK(second->adopt("", 9).empty());
    CHECK(f.open()->adopt("", 9).empty());  // the second lives
  }

  TEST_CASE("no more is adopted than asked for, and what is released can be adopted again") {
    TaskFolder f;
    for (const char* id : {"t1", "t2", "t3"}) REQUIRE(f.open()->insert(f.record(id)));
    const auto first = f.open();
    const auto second = f.open();
    const auto adopted = first->adopt("", 2);
    REQUIRE(adopted.size() == 2);
    CHECK(second->adopt("", 9).size() == 1);
    first->release(adopted[0].id);
    const auto again = second->adopt("", 9);
    REQUIRE(again.size() == 1);
    CHECK(again[0].id == adopted[0].id);
  }

  TEST_CASE("two servers with different keys share a file and no task, and neither adopts the other's") {
    TaskFolder f;
    TaskRecord task = f.record("of a");
    task.account = "a";
    task.resume = {{"n", 1}};
    REQUIRE(f.open()->insert(task));
    CHECK(f.open()->adopt("b", 9).empty());
    const auto store = f.open();
    Executor executor(1, 8);
    const auto resume = [](const TaskRecord&) -> Tasks::Work {
      return [](RequestContext&) -> Result<Json> { return Json{{"done", true}}; };
    };
    Tasks of_b(*store, executor, f.clock, {.take_up = resume, .account = [] { return mcp::TaskAccount{.id = "b"}; }});
    CHECK_FALSE(of_b.get("of a", "ada"));
    CHECK(store->find("of a")->status == TaskStatus::kWorking);
    Tasks of_a(*store, executor, f.clock, {.take_up = resume, .account = [] { return mcp::TaskAccount{.id = "a"}; }});
    while (of_a.get("of a", "ada")->status == TaskStatus::kWorking) std::this_thread::yield();
    CHECK(of_a.get("of a", "ada")->status == TaskStatus::kCompleted);
    CHECK_FALSE(of_b.get("of a", "ada"));
  }

  TEST_CASE("the tasks of an older release are kept and belong to no key") {
    TaskFolder f;
    static_cast<void>(f.open());  // makes the folder and the newest schema
    const auto file = f.directory.path() / "state" / "old.db";
    {
      auto old = store::Database::open(file);
      REQUIRE(old);
      REQUIRE(old->execute(
          "CREATE TABLE tasks (id TEXT PRIMARY KEY, owner TEXT NOT NULL, process TEXT NOT NULL, status TEXT NOT NULL,"
          "created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, ttl INTEGER NOT NULL, poll_interval INTEGER NOT "
          "NULL, status_message TEXT NOT NULL, input_requests TEXT NOT NULL, resume TEXT NOT NULL, outcome TEXT NOT "
          "NULL) WITHOUT ROWID; CREATE INDEX tasks_by_owner ON tasks (owner); PRAGMA user_version=1;"
          "INSERT INTO tasks VALUES ('t1', '', 'p', 'working', 0, 0, 1, 1, '', '{}', 'null', 'null');"));
    }
    const auto store = store::open_task_store({.file = file});
    REQUIRE(store);
    CHECK((*store)->find("t1")->account.empty());
    CHECK((*store)->adopt("a", 9).empty());
  }

  TEST_CASE("a task that can be taken up goes on in the next process, and ends there") {
    TaskFolder f;
    std::string id;
    {
      Life before(f, nobody);
      id = before.start(until_stopped, {{"n", 7}});
    }
    Life after(f, [](const TaskRecord& task) -> Tasks::Work {
      return [n = task.resume["n"]](RequestContext& context) -> Result<Json> {
        return Json{{"n", n}, {"caller", context.caller}};
      };
    });
    const TaskRecord task = after.ended(id);
    CHECK(task.status == TaskStatus::kCompleted);
    CHECK(task.outcome == Json{{"n", 7}, {"caller", "ada"}});
    CHECK_FALSE(after.tasks.get(id, "eve"));
  }

  TEST_CASE("tasks that do not fit into the queue stay orphaned, and are adopted when there is room") {
    TaskFolder f;
    constexpr std::size_t kTasks = 5;
    for (std::size_t i = 0; i < kTasks; ++i) {
      TaskRecord task = f.record("t" + std::to_string(i));
      task.resume = {{"n", i}};
      REQUIRE(f.open()->insert(task));
    }
    Executor one_place(1, 1);
    std::latch go_on(1);
    one_place.submit([&] { go_on.wait(); });
    while (one_place.queued() > 0) std::this_thread::yield();
    const auto store = f.open();
    Tasks tasks(*store, one_place, f.clock, {.take_up = [](const TaskRecord&) -> Tasks::Work {
      return [](RequestContext&) -> Result<Json> { return Json{{"done", true}}; };
    }});
    const auto count = [&](TaskStatus status) {
      std::size_t found = 0;
      for (std::size_t i = 0; i < kTasks; ++i) {
        const auto task = tasks.get("t" + std::to_string(i), "ada");
        REQUIRE(task);
        found += task->status == status ? 1U : 0U;
      }
      return found;
    };
    CHECK(count(TaskStatus::kWorking) == kTasks);
    CHECK(count(TaskStatus::kFailed) == 0);
    go_on.count_down();
    while (count(TaskStatus::kCompleted) < kTasks && count(TaskStatus::kFailed) == 0) std::this_thread::yield();
    CHECK(count(TaskStatus::kCompleted) == kTasks);
  }

  TEST_CASE("a task that cannot be taken up fails, and says that the server was restarted") {
    TaskFolder f;
    REQUIRE(f.open()->insert(f.record("t1")));
    Life after(f, nobody);
    const TaskRecord task = after.ended("t1");
    CHECK(task.status == TaskStatus::kFailed);
    CHECK(task.outcome["message"].get<std::string>().find("restarted") != std::string::npos);
  }

  TEST_CASE("what a client cancelled, or could not be taken up, is cancelled and stays so") {
    TaskFolder f;
    std::string cancelled;
    std::string bound;
    {
      Life before(f, nobody);
      cancelled = before.start(until_stopped, {{"n", 1}});
      bound = before.start(until_stopped, nullptr);
      REQUIRE(before.tasks.cancel(cancelled, "ada"));
      CHECK(before.ended(cancelled).status == TaskStatus::kCancelled);
    }
    Life after(f, nobody);
    CHECK(after.ended(cancelled).status == TaskStatus::kCancelled);
    CHECK(after.ended(bound).status == TaskStatus::kCancelled);
  }

  TEST_CASE("progress is the status message, and only the client's cancel counts as one") {
    TaskFolder f;
    Life life(f, nobody);
    bool was_cancelled = false;
    const std::string id = life.start(
        [&](RequestContext& context) {
          context.progress(1, std::nullopt, "They: hello");
          auto result = until_stopped(context);
          was_cancelled = context.cancelled.stop_requested();
          return result;
        },
        nullptr);
    while (life.tasks.get(id, "ada")->status_message.empty()) std::this_thread::yield();
    CHECK(mcp::to_task(*life.tasks.get(id, "ada"))["statusMessage"] == "They: hello");
    REQUIRE(life.tasks.cancel(id, "ada"));
    CHECK(life.ended(id).status == TaskStatus::kCancelled);
    CHECK(was_cancelled);
  }
}

}  // namespace
}  // namespace apmcp

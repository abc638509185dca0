// Tasks on disk: what is kept, who adopts what, and how a task goes on in the next process.
#include "store/task_store.h"

#include <latch>

#include <doctest/doctest.h>

#include "mcp/revision.h"
#include "mcp/tasks.h"
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
    CHECK(second->adopt().empty());  // the first lives
    first.reset();
    CHECK(second->adopt().size() == 2);
    CHECK(second->adopt().empty());
    CHECK(f.open()->adopt().empty());  // the second lives
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

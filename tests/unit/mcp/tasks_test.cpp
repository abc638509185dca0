// Calls that go on after their answer, without a server around them.
#include "mcp/tasks.h"

#include <atomic>
#include <latch>

#include <doctest/doctest.h>

#include "base/secret.h"
#include "mcp/memory_task_store.h"
#include "mcp/revision.h"
#include "support/input_fixture.h"

using apmcp::Error;
using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::Result;
using apmcp::mcp::RequestContext;
using apmcp::mcp::TaskRecord;
using apmcp::mcp::Tasks;
using apmcp::mcp::TaskStatus;
using apmcp::test::accept;
using apmcp::test::question;

namespace {

/// Keeps the changes it is told of, and lets a test wait for one.
class Changes {
 public:
  void add(const TaskRecord& task) {
    const std::lock_guard lock(mutex_);
    all_.push_back(task);
    changed_.notify_all();
  }

  /// The first change of `id` to `status` after `seen` others; waits for it.
  TaskRecord wait(const std::string& id, TaskStatus status) {
    std::unique_lock lock(mutex_);
    const TaskRecord* found = nullptr;
    changed_.wait(lock, [&] {
      for (const TaskRecord& task : all_) {
        if (task.id == id && task.status == status) found = &task;
      }
      return found != nullptr;
    });
    return *found;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<TaskRecord> all_;
};

struct TaskFixture {
  std::stop_source request_stop;  // of the requests that start tasks, which end before them
  Changes changes;
  apmcp::test::ManualClock clock;
  apmcp::mcp::MemoryTaskStore store{{.tasks = 3, .tasks_per_owner = 2}};
  apmcp::Executor executor{1, 8};
  Tasks tasks{store, executor, clock, {.ttl = std::chrono::minutes(5), .on_change = [this](const TaskRecord& task) {
                                         changes.add(task);
                                       }}};

  RequestContext request(const std::string& caller = "ada") {
    RequestContext context;
    context.revision = apmcp::mcp::find_revision("2026-07-28");
    context.client_capabilities = Json{{"elicitation", Json::object()}};
    context.caller = caller;
    context.write_stop = request_stop.get_token();
    return context;
  }

  std::string start(Tasks::Work work, const std::string& caller = "ada") {
    const auto task = tasks.start(request(caller), std::move(work));
    REQUIRE(task);
    CHECK(task->status == TaskStatus::kWorking);
    return task->id;
  }
};

/// Counts what is written, and holds up one write until it may go on.
class CountingStore final : public apmcp::mcp::TaskStore {
 public:
  apmcp::Status insert(const TaskRecord& task) override { return store_.insert(task); }

  std::optional<TaskRecord> find(const std::string& id) override { return store_.find(id); }

  void replace(const TaskRecord& task) override {
    ++replaced;
    if (is_stuck.exchange(false)) {
      begun.count_down();
      go_on.wait();
    }
    store_.replace(task);
  }

  void erase(const std::string& id) override { store_.erase(id); }

  void erase_expired(apmcp::Clock::TimePoint now) override { store_.erase_expired(now); }

  std::atomic<int> replaced = 0;
  std::atomic<bool> is_stuck = false;
  std::latch begun{1};
  std::latch go_on{1};

 private:
  apmcp::mcp::MemoryTaskStore store_{{.tasks = 8, .tasks_per_owner = 8}};
};

Result<Json> done(RequestContext&) {
  return Json{{"content", Json::array()}};
}

/// Ends when it is cancelled.
Result<Json> wait_for_cancel(RequestContext& context) {
  std::latch stopped(1);
  const std::stop_callback on_stop(context.stop_of_writes(), [&] { stopped.count_down(); });
  stopped.wait();
  return Error{.code = ErrorCode::kCancelled, .message = "Cancelled."};
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("what is cancelled before it began still runs, with the stop fired, to end what it has to end") {
    TaskFixture f;
    std::latch go_on(1);
    f.executor.submit([&] { go_on.wait(); });  // the only worker is busy
    std::atomic<bool> was_told = false;
    const std::string id = f.start([&](RequestContext& context) -> Result<Json> {
      was_told = context.stop.stop_requested() && context.cancelled.stop_requested();
      return Error{.code = ErrorCode::kCancelled, .message = "Cancelled."};
    });
    CHECK(f.tasks.cancel(id, "ada"));
    go_on.count_down();
    f.changes.wait(id, TaskStatus::kCancelled);
    CHECK(was_told);
  }

  TEST_CASE("a task is there at once, and ends as its work ends") {
    TaskFixture f;
    const std::string good = f.start(done);
    CHECK(good.size() == 32);
    CHECK(f.tasks.get(good, "ada"));
    CHECK(f.changes.wait(good, TaskStatus::kCompleted).outcome == Json{{"content", Json::array()}});
    const std::string bad = f.start(
        [](RequestContext&) -> Result<Json> { return Error{.code = ErrorCode::kInvalidParams, .message = "No."}; });
    CHECK(f.changes.wait(bad, TaskStatus::kFailed).outcome == Json{{"code", -32602}, {"message", "No."}});
    CHECK(f.tasks.get(bad, "ada")->status == TaskStatus::kFailed);
  }

  TEST_CASE("an exception ends a task without telling its text") {
    TaskFixture f;
    const std::string id = f.start([](RequestContext&) -> Result<Json> { throw std::runtime_error("secret detail"); });
    const Json error = f.changes.wait(id, TaskStatus::kFailed).outcome;
    CHECK(error["code"] == -32603);
    CHECK(error.dump().find("secret") == std::string::npos);
  }

  TEST_CASE("progress is told and shown, and only transitions are written") {
    TaskFixture f;
    CountingStore store;
    Tasks tasks{store, f.executor, f.clock, {.on_change = [&](const TaskRecord& task) { f.changes.add(task); }}};
    std::latch said(1);
    std::latch go_on(1);
    const auto task = tasks.start(f.request(), [&](RequestContext& context) -> Result<Json> {
      for (int i = 0; i < 100; ++i) context.progress(i, std::nullopt, "sentence " + std::to_string(i));
      said.count_down();
      go_on.wait();
      return done(context);
    });
    REQUIRE(task);
    said.wait();
    CHECK(tasks.get(task->id, "ada")->status_message == "sentence 99");
    CHECK(store.replaced == 0);
    go_on.count_down();
    CHECK(f.changes.wait(task->id, TaskStatus::kCompleted).status_message == "sentence 99");
    CHECK(store.replaced == 1);
    CHECK(tasks.get(task->id, "ada")->status_message == "sentence 99");
  }

  TEST_CASE("a slow disk delays the task that is written, and nothing about others") {
    TaskFixture f;
    CountingStore store;
    Tasks tasks{store, f.executor, f.clock, {.on_change = [&](const TaskRecord& task) { f.changes.add(task); }}};
    const auto running = tasks.start(f.request(), wait_for_cancel);
    REQUIRE(running);
    store.is_stuck = true;
    const auto stuck = tasks.start(f.request("bob"), done);
    REQUIRE(stuck);
    store.begun.wait();
    CHECK(tasks.get(running->id, "ada")->status == TaskStatus::kWorking);
    CHECK(tasks.get(stuck->id, "bob")->status == TaskStatus::kWorking);  // not ended until it is on disk
    CHECK(tasks.cancel(running->id, "ada"));
    store.go_on.count_down();
    f.changes.wait(running->id, TaskStatus::kCancelled);
    f.changes.wait(stuck->id, TaskStatus::kCompleted);
  }

  TEST_CASE("a task keeps the key that it started with, and is found by those who had that key") {
    TaskFixture f;
    std::string key = "a";
    const auto account = [&] {
      return apmcp::mcp::TaskAccount{.id = "hash of " + key,
                                     .key = std::make_shared<const apmcp::Secret>(std::string("sk_test_") + key)};
    };
    Tasks tasks{f.store, f.executor, f.clock, {.account = account}};
    const auto task = tasks.start(f.request(), [](RequestContext& context) -> Result<Json> {
      return Json{{"key", context.caller_key->masked()}};
    });
    REQUIRE(task);
    while (tasks.get(task->id, "ada")->status == TaskStatus::kWorking) std::this_thread::yield();
    CHECK(f.store.find(task->id)->account == "hash of a");
    key = "b";  // verify stored another key: the task stays visible in this process
    CHECK(tasks.get(task->id, "ada"));
    Tasks next{f.store, f.executor, f.clock, {.account = account}};  // another process, with the other key
    CHECK(next.get(task->id, "ada").error().code == ErrorCode::kInvalidParams);
    CHECK(next.cancel(task->id, "ada").error().code == ErrorCode::kInvalidParams);
    CHECK(next.known({task->id}, "ada").empty());
    key = "a";
    Tasks again{f.store, f.executor, f.clock, {.account = account}};
    CHECK(again.get(task->id, "ada"));
  }

  TEST_CASE("a task is unknown to everybody but its owner") {
    TaskFixture f;
    const std::string id = f.start(done);
    for (const char* caller : {"", "mallory"}) {
      CHECK(f.tasks.get(id, caller).error().code == ErrorCode::kInvalidParams);
      CHECK(f.tasks.cancel(id, caller).error().code == ErrorCode::kInvalidParams);
      CHECK(f.tasks.update(id, caller, Json::object()).error().code == ErrorCode::kInvalidParams);
    }
    CHECK(f.tasks.get("nonsense", "ada").error().code == ErrorCode::kInvalidParams);
  }

  TEST_CASE("a task asks, is answered in parts, and goes on when it has all") {
    TaskFixture f;
    const std::string id = f.start([](RequestContext& context) -> Result<Json> {
      const std::vector<apmcp::mcp::InputRequest> questions{question("name"), question("color")};
      const auto answers = context.ask(questions);
      if (!answers) return answers.error();
      return Json{{"name", (*answers)[0]["content"]["name"]}, {"color", (*answers)[1]["content"]["color"]}};
    });
    const TaskRecord asking = f.changes.wait(id, TaskStatus::kInputRequired);
    CHECK(asking.input_requests.size() == 2);
    CHECK(asking.input_requests["name"]["method"] == "elicitation/create");
    CHECK(f.tasks.update(id, "ada", {{"unknown", 1}, {"name", nullptr}}));
    CHECK(f.tasks.get(id, "ada")->input_requests.size() == 2);
    CHECK(f.tasks.update(id, "ada", {{"color", accept("color", "red")}}));
    const auto between = f.tasks.get(id, "ada");
    CHECK(between->status == TaskStatus::kInputRequired);
    CHECK(between->input_requests.size() == 1);
    CHECK(f.tasks.update(id, "ada", {{"color", accept("color", "blue")}, {"name", accept("name", "Ada")}}));
    CHECK(f.changes.wait(id, TaskStatus::kCompleted).outcome == Json{{"name", "Ada"}, {"color", "red"}});
  }

  TEST_CASE("a key is never used twice in one task") {
    TaskFixture f;
    std::latch asked_again(1);
    const std::string id = f.start([&](RequestContext& context) -> Result<Json> {
      if (const auto first = context.ask(question("ok")); !first) return first.error();
      asked_again.count_down();
      const auto second = context.ask(question("ok"));
      if (!second) return second.error();
      return Json{{"second", (*second)["content"]["ok"]}};
    });
    f.changes.wait(id, TaskStatus::kInputRequired);
    CHECK(f.tasks.update(id, "ada", {{"ok", accept("ok", "first")}}));
    asked_again.wait();
    while (!f.tasks.get(id, "ada")->input_requests.contains("ok-2")) std::this_thread::yield();
    CHECK(f.tasks.update(id, "ada", {{"ok", accept("ok", "stale")}}));
    CHECK(f.tasks.update(id, "ada", {{"ok-2", accept("ok", "second")}}));
    CHECK(f.changes.wait(id, TaskStatus::kCompleted).outcome["second"] == "second");
  }

  TEST_CASE("cancelling is asked for: the work decides how it ends, and an ended task stays as it is") {
    TaskFixture f;
    const std::string waiting = f.start(wait_for_cancel);
    CHECK(f.tasks.cancel(waiting, "ada"));
    f.changes.wait(waiting, TaskStatus::kCancelled);
    CHECK(f.tasks.cancel(waiting, "ada"));
    const std::string asking = f.start([](RequestContext& context) -> Result<Json> {
      const auto answer = context.ask(question("name"));
      if (!answer) return answer.error();
      return done(context);
    });
    f.changes.wait(asking, TaskStatus::kInputRequired);
    CHECK(f.tasks.cancel(asking, "ada"));
    CHECK(f.changes.wait(asking, TaskStatus::kCancelled).input_requests.empty());
  }

  TEST_CASE("tasks do not take the only worker from anybody") {
    TaskFixture f;
    const std::string first = f.start(wait_for_cancel);
    const std::string second = f.start(wait_for_cancel, "bob");
    std::latch ran(1);
    CHECK(f.executor.submit([&] { ran.count_down(); }));
    ran.wait();
    CHECK(f.tasks.cancel(first, "ada"));
    CHECK(f.tasks.cancel(second, "bob"));
    f.changes.wait(first, TaskStatus::kCancelled);
    f.changes.wait(second, TaskStatus::kCancelled);
  }

  TEST_CASE("tasks are bounded for each caller and altogether, until they expire") {
    TaskFixture f;
    const std::string first = f.start(done);
    f.start(done);
    CHECK(f.tasks.start(f.request(), done).error().code == ErrorCode::kBusy);
    f.start(done, "bob");
    CHECK(f.tasks.start(f.request("carol"), done).error().code == ErrorCode::kBusy);
    f.clock.advance(std::chrono::minutes(5));
    CHECK(f.tasks.get(first, "ada").error().code == ErrorCode::kInvalidParams);
    f.start(done, "carol");
  }

  TEST_CASE("a task that outlives its ttl is stopped") {
    TaskFixture f;
    const std::string id = f.start(wait_for_cancel);
    f.clock.advance(std::chrono::minutes(5));
    CHECK(f.tasks.get(id, "ada").error().code == ErrorCode::kInvalidParams);
    f.changes.wait(id, TaskStatus::kCancelled);
  }

  TEST_CASE("at the end everything is cancelled and nothing new is taken") {
    TaskFixture f;
    const std::string id = f.start(wait_for_cancel);
    CHECK(f.tasks.drain(std::chrono::seconds(5)));
    CHECK(f.tasks.get(id, "ada")->status == TaskStatus::kCancelled);
    CHECK(f.tasks.start(f.request(), done).error().code == ErrorCode::kBusy);
  }

  TEST_CASE("a task looks like the extension says, with no member too many") {
    TaskRecord task{.id = "t",
                    .owner = "secret",
                    .created_at = apmcp::test::ManualClock().now(),
                    .updated_at = apmcp::test::ManualClock().now(),
                    .ttl = std::chrono::seconds(1),
                    .poll_interval = std::chrono::milliseconds(200)};
    CHECK(apmcp::mcp::to_task(task) ==
          Json::parse(R"({"taskId":"t","status":"working","createdAt":"2026-01-01T00:00:00.000Z",
                          "lastUpdatedAt":"2026-01-01T00:00:00.000Z","ttlMs":1000,"pollIntervalMs":200})"));
    task.status = TaskStatus::kCompleted;
    task.outcome = Json{{"content", Json::array()}};
    CHECK(apmcp::mcp::to_task(task)["result"] == task.outcome);
    CHECK_FALSE(apmcp::mcp::to_task(task).contains("error"));
  }
}

#include "resources/followed_resources.h"

#include <condition_variable>
#include <map>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "support/manual_clock.h"

namespace apmcp::test {
namespace {

using mcp::Change;
using resources::FollowedResources;
using resources::kCallPace;
using resources::Look;

Change updated(std::string uri, std::string caller = {}) {
  return {.kind = Change::Kind::kResourceUpdated, .uri = std::move(uri), .caller = std::move(caller)};
}

/// Resources whose state a test sets, and everything that is published about them.
class Stage {
 public:
  void set(const std::string& state, bool is_final = false) {
    const std::lock_guard lock(mutex_);
    now_ = {.state = state, .is_final = is_final};
  }

  /// Waits until `uri` was looked at so often.
  void wait_looks(const std::string& uri, std::size_t times) {
    std::unique_lock lock(mutex_);
    happened_.wait(lock, [&] { return looks_[uri] >= times; });
  }

  std::size_t looks(const std::string& uri) {
    const std::lock_guard lock(mutex_);
    return looks_[uri];
  }

  std::vector<Change> wait_published(std::size_t count) {
    std::unique_lock lock(mutex_);
    happened_.wait(lock, [&] { return published_.size() >= count; });
    return published_;
  }

  std::vector<Change> published() {
    const std::lock_guard lock(mutex_);
    return published_;
  }

  resources::LiveSource source() {
    return {.pace = [](const std::string& uri) { return uri == "still" ? resources::kStill : kCallPace; },
            .look =
                [this](const std::string& uri, const mcp::Party& /*party*/, const std::stop_token& /*stop*/) {
                  const std::lock_guard lock(mutex_);
                  ++looks_[uri];
                  happened_.notify_all();
                  return Result<Look>(now_);
                }};
  }

  mcp::PublishChange publish() {
    return [this](const Change& change) {
      const std::lock_guard lock(mutex_);
      published_.push_back(change);
      happened_.notify_all();
    };
  }

 private:
  std::mutex mutex_;
  std::condition_variable happened_;
  Look now_{.state = "a"};
  std::map<std::string, std::size_t> looks_;
  std::vector<Change> published_;
};

/// A clock on which no wait takes any time.
class HurriedClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return {}; }

  [[nodiscard]] std::chrono::nanoseconds real_time_until(TimePoint /*when*/) const override {
    return std::chrono::nanoseconds::zero();
  }
};

/// Opens once, for all who wait.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    opened_.notify_all();
  }

  void wait(std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, std::move(stop), [this] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any opened_;
  bool is_open_ = false;
};

struct Followers {
  explicit Followers(FollowedResources::Options options = {.max_per_caller = 2})
      : followed(stage.source(), clock, stage.publish(), std::move(options)) {}

  /// The pace's first pause passes, and a tool changes the resource.
  void change_later(const std::string& uri, const std::string& caller = {}) {
    clock.advance(kCallPace.first);
    followed.changed(updated(uri, caller));
  }

  Stage stage;
  ManualClock clock;
  FollowedResources followed;
};

TEST_SUITE("unit") {
  TEST_CASE("a change of a resource that is followed is told once, however often somebody looks") {
    Followers f;
    const auto lease = f.followed.follow("x", {});
    REQUIRE(lease != nullptr);
    f.followed.was_read("x", "", "a");
    f.stage.wait_looks("x", 1);
    f.stage.set("b");
    f.change_later("x");
    CHECK(f.stage.wait_published(1) == std::vector{updated("x")});
    for (std::size_t look = 3; look < 6; ++look) {
      f.stage.wait_looks("x", look - 1);
      f.change_later("x");
    }
    f.stage.wait_looks("x", 5);
    f.followed.stop();
    CHECK(f.stage.published().size() == 1);
  }

  TEST_CASE("a change during the first look is told, whether that look saw it or not") {
    Stage stage;
    Gate begun;
    Gate go_on;
    ManualClock clock;
    auto source = stage.source();
    source.look = [&, look = source.look](const std::string& uri, const mcp::Party& party,
                                          const std::stop_token& stop) {
      begun.open();
      go_on.wait(stop);
      return look(uri, party, stop);
    };
    FollowedResources followed(source, clock, stage.publish(), {});
    const auto lease = followed.follow("x", {});
    begun.wait();
    stage.set("b");
    clock.advance(kCallPace.first);
    followed.changed(updated("x"));
    go_on.open();
    CHECK(stage.wait_published(1) == std::vector{updated("x")});
    stage.wait_looks("x", 2);
    followed.stop();
    CHECK(stage.published().size() == 1);
  }

  TEST_CASE("news of a resource makes its own follower look, and no other") {
    Followers f;
    const auto one = f.followed.follow("x", {});
    const auto two = f.followed.follow("y", {});
    f.followed.was_read("x", "", "a");
    f.stage.wait_looks("x", 1);
    f.stage.wait_looks("y", 1);
    f.stage.set("b");
    f.clock.advance(kCallPace.first);
    f.followed.announce(updated("x"));
    CHECK(f.stage.wait_published(1) == std::vector{updated("x")});
    f.followed.stop();
    CHECK(f.stage.looks("y") == 1);
  }

  TEST_CASE("a thousand pieces of news are one look, no earlier than the first pause after the last one") {
    Followers f;
    const auto lease = f.followed.follow("x", {});
    f.followed.was_read("x", "", "a");
    f.stage.wait_looks("x", 1);
    f.stage.set("b");
    for (int i = 0; i < 1'000; ++i) f.followed.announce(updated("x"));
    f.clock.advance(kCallPace.first - std::chrono::milliseconds{1});
    for (int i = 0; i < 1'000; ++i) f.followed.announce(updated("x"));
    CHECK(f.stage.looks("x") == 1);
    f.clock.advance(std::chrono::milliseconds{1});
    for (int i = 0; i < 1'000; ++i) f.followed.announce(updated("x"));
    CHECK(f.stage.wait_published(1) == std::vector{updated("x")});
    f.followed.stop();
    CHECK(f.stage.looks("x") == 2);
  }

  TEST_CASE("news of a resource that is not polled is offered, and sent by a thread that may wait") {
    Stage stage;
    const ManualClock clock;
    std::vector<Change> offered;
    std::thread::id flushed_by;
    FollowedResources followed(stage.source(), clock, stage.publish(),
                               {.offer = [&](const Change& change) { offered.push_back(change); },
                                .flush =
                                    [&] {
                                      flushed_by = std::this_thread::get_id();
                                      stage.publish()(updated("flushed"));
                                    }});
    followed.announce(updated("y"));
    CHECK(stage.wait_published(1) == std::vector{updated("flushed")});
    CHECK(offered == std::vector{updated("y")});
    followed.stop();
    CHECK(flushed_by != std::this_thread::get_id());
    followed.announce(updated("y"));
    CHECK(offered.size() == 1);
  }

  TEST_CASE("hundreds of resources are polled by a few threads") {
    Stage stage;
    const ManualClock clock;
    std::mutex mutex;
    std::set<std::thread::id> threads;
    auto source = stage.source();
    source.look = [&, look = source.look](const std::string& uri, const mcp::Party& party,
                                          const std::stop_token& stop) {
      {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      }
      return look(uri, party, stop);
    };
    FollowedResources followed(source, clock, stage.publish(), {.max_per_caller = 300, .workers = 4});
    std::vector<std::shared_ptr<const void>> leases;
    for (int i = 0; i < 300; ++i) leases.push_back(followed.follow(std::to_string(i), {}));
    for (int i = 0; i < 300; ++i) stage.wait_looks(std::to_string(i), 1);
    CHECK(followed.polled() == 300);
    followed.stop();
    CHECK(threads.size() <= 5);
  }

  TEST_CASE("what one caller follows, and how slow its answers are, keeps nothing from another") {
    Stage stage;
    const HurriedClock clock;
    Gate never;
    auto source = stage.source();
    source.look = [&, look = source.look](const std::string& uri, const mcp::Party& party,
                                          const std::stop_token& stop) {
      if (party.caller == "greedy") never.wait(stop);
      return look(uri, party, stop);
    };
    FollowedResources followed(source, clock, stage.publish(), {.max_per_caller = 20, .workers = 4});
    std::vector<std::shared_ptr<const void>> leases;
    for (int i = 0; i < 20; ++i) leases.push_back(followed.follow(std::to_string(i), {.caller = "greedy"}));
    CHECK(followed.follow("one too many", {.caller = "greedy"}) == nullptr);
    const auto lease = followed.follow("modest", {.caller = "modest"});
    REQUIRE(lease != nullptr);
    stage.wait_looks("modest", 3);
  }

  TEST_CASE("with time, followers look by themselves") {
    Stage stage;
    const HurriedClock clock;
    FollowedResources followed(stage.source(), clock, stage.publish(), {});
    const auto lease = followed.follow("x", {});
    stage.wait_looks("x", 3);
    stage.set("b");
    CHECK(stage.wait_published(1) == std::vector{updated("x")});
  }

  TEST_CASE("all who follow one resource share one look, and the last one ends it") {
    Followers f;
    auto one = f.followed.follow("x", {});
    auto two = f.followed.follow("x", {});
    CHECK(one == two);
    CHECK(f.followed.polled() == 1);
    f.stage.wait_looks("x", 1);
    one.reset();
    two.reset();
    f.stage.set("b");
    f.followed.changed(updated("x"));
    CHECK(f.stage.published() == std::vector{updated("x")});  // nobody looks, so it is told as it is
    f.followed.stop();
    CHECK(f.stage.looks("x") == 1);
  }

  TEST_CASE("callers do not share: a change of one wakes nobody else's follower") {
    Followers f;
    const auto lease = f.followed.follow("x", {.caller = "a"});
    f.stage.wait_looks("x", 1);
    f.followed.changed(updated("x", "b"));
    CHECK(f.stage.published() == std::vector{updated("x", "b")});
    f.stage.set("b");
    f.change_later("x", "a");
    CHECK(f.stage.wait_published(2).back() == updated("x", "a"));
  }

  TEST_CASE("a call that is over is looked at once more and then left") {
    Stage stage;
    const HurriedClock clock;
    stage.set("done", true);
    FollowedResources followed(stage.source(), clock, stage.publish(), {});
    const auto call = followed.follow("call", {});
    stage.wait_looks("call", 2);
    stage.set("done");
    const auto other = followed.follow("other", {});
    stage.wait_looks("other", 50);
    CHECK(stage.looks("call") == 2);
    CHECK(stage.published().empty());
  }

  TEST_CASE("what was read before the first look counts as told") {
    Stage stage;
    Gate go_on;
    const ManualClock clock;
    auto source = stage.source();
    source.look = [look = source.look, &go_on](const std::string& uri, const mcp::Party& party,
                                               const std::stop_token& stop) {
      go_on.wait(stop);
      return look(uri, party, stop);
    };
    FollowedResources followed(source, clock, stage.publish(), {});
    const auto lease = followed.follow("x", {});
    followed.was_read("x", "", "a");
    stage.set("b");
    go_on.open();
    CHECK(stage.wait_published(1) == std::vector{updated("x")});
  }

  TEST_CASE("what cannot be followed is told when a tool changes it") {
    Followers f;
    CHECK(f.followed.follow("still", {}) == nullptr);
    const auto one = f.followed.follow("x", {});
    const auto two = f.followed.follow("y", {});
    CHECK(f.followed.follow("one too many", {}) == nullptr);
    f.followed.changed(updated("still"));
    f.followed.changed(updated("one too many"));
    CHECK(f.stage.published() == std::vector{updated("still"), updated("one too many")});
  }

  TEST_CASE("a stop ends a look that waits, and nothing is told after it") {
    Stage stage;
    Gate never;
    Gate begun;
    const ManualClock clock;
    auto source = stage.source();
    source.look = [&](const std::string&, const mcp::Party&, std::stop_token stop) -> Result<Look> {
      begun.open();
      never.wait(std::move(stop));
      return Look{.state = "b"};
    };
    FollowedResources followed(source, clock, stage.publish(), {});
    const auto lease = followed.follow("x", {});
    begun.wait();
    followed.stop();
    followed.changed(updated("x"));
    CHECK(stage.published().empty());
    CHECK(followed.follow("x", {}) == nullptr);
  }

  TEST_CASE("looks come often after a change and ever less often without one") {
    using std::chrono::milliseconds;
    CHECK(kCallPace.after(milliseconds{1000}) == milliseconds{1500});
    CHECK(kCallPace.after(milliseconds{4000}) == milliseconds{5000});
    CHECK(resources::kMessagePace.after(milliseconds{5000}) == milliseconds{7500});
    CHECK(resources::kMessagePace.after(milliseconds{30000}) == milliseconds{30000});
  }
}

}  // namespace
}  // namespace apmcp::test

#include "resources/followed_resources.h"

#include <condition_variable>
#include <map>

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

struct Followers {
  Stage stage;
  ManualClock clock;
  Arrivals arrivals;
  FollowedResources followed{stage.source(), clock, &arrivals, stage.publish(), {.max_followers = 2}};
};

TEST_SUITE("unit") {
  TEST_CASE("a change of a resource that is followed is told once, however often somebody looks") {
    Followers f;
    const auto lease = f.followed.follow("x", {});
    REQUIRE(lease != nullptr);
    f.stage.wait_looks("x", 1);
    f.stage.set("b");
    f.followed.changed(updated("x"));
    CHECK(f.stage.wait_published(1) == std::vector{updated("x")});
    for (std::size_t look = 3; look < 6; ++look) {
      f.stage.wait_looks("x", look - 1);
      f.followed.changed(updated("x"));
    }
    f.stage.wait_looks("x", 5);
    f.followed.stop();
    CHECK(f.stage.published().size() == 1);
  }

  TEST_CASE("a change during the first look is told, whether that look saw it or not") {
    Stage stage;
    Arrivals begun;
    Arrivals go_on;
    const ManualClock clock;
    auto source = stage.source();
    source.look = [&, look = source.look](const std::string& uri, const mcp::Party& party,
                                          const std::stop_token& stop) {
      begun.announce();
      go_on.wait(0, stop, std::chrono::hours{1});
      return look(uri, party, stop);
    };
    FollowedResources followed(source, clock, nullptr, stage.publish(), {});
    const auto lease = followed.follow("x", {});
    CHECK(begun.wait(0, {}, std::chrono::hours{1}));
    stage.set("b");
    followed.changed(updated("x"));
    go_on.announce();
    CHECK(stage.wait_published(1) == std::vector{updated("x")});
    stage.wait_looks("x", 2);
    followed.stop();
    CHECK(stage.published().size() == 1);
  }

  TEST_CASE("what comes in makes followers look at once") {
    Followers f;
    const auto lease = f.followed.follow("x", {});
    f.stage.wait_looks("x", 1);
    f.stage.set("b");
    f.arrivals.announce();
    CHECK(f.stage.wait_published(1) == std::vector{updated("x")});
  }

  TEST_CASE("what comes in is told by a thread that may wait, where nobody looks by himself") {
    Stage stage;
    const ManualClock clock;
    Arrivals arrivals;
    FollowedResources followed(stage.source(), clock, &arrivals, stage.publish(),
                               {.on_arrival = [&] { stage.publish()(updated("y")); }});
    const auto lease = followed.follow("x", {});
    CHECK(followed.is_looked_at("x", ""));
    CHECK_FALSE(followed.is_looked_at("y", ""));
    arrivals.announce();
    CHECK(stage.wait_published(1) == std::vector{updated("y")});
    followed.stop();
    CHECK_FALSE(followed.is_looked_at("x", ""));
  }

  TEST_CASE("with time, followers look by themselves") {
    Stage stage;
    const HurriedClock clock;
    FollowedResources followed(stage.source(), clock, nullptr, stage.publish(), {});
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
    CHECK(f.followed.running() == 1);
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
    f.followed.changed(updated("x", "a"));
    CHECK(f.stage.wait_published(2).back() == updated("x", "a"));
  }

  TEST_CASE("a call that is over is looked at once more and then left") {
    Stage stage;
    const HurriedClock clock;
    stage.set("done", true);
    FollowedResources followed(stage.source(), clock, nullptr, stage.publish(), {});
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
    Arrivals go_on;
    const ManualClock clock;
    auto source = stage.source();
    source.look = [look = source.look, &go_on](const std::string& uri, const mcp::Party& party, std::stop_token stop) {
      go_on.wait(0, stop, std::chrono::hours{1});
      return look(uri, party, stop);
    };
    FollowedResources followed(source, clock, nullptr, stage.publish(), {});
    const auto lease = followed.follow("x", {});
    followed.was_read("x", "", "a");
    stage.set("b");
    go_on.announce();
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
    Arrivals never;
    Arrivals begun;
    const ManualClock clock;
    auto source = stage.source();
    source.look = [&](const std::string&, const mcp::Party&, std::stop_token stop) -> Result<Look> {
      begun.announce();
      never.wait(0, std::move(stop), std::chrono::hours{1});
      return Look{.state = "b"};
    };
    FollowedResources followed(source, clock, nullptr, stage.publish(), {});
    const auto lease = followed.follow("x", {});
    CHECK(begun.wait(0, {}, std::chrono::hours{1}));
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

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "agentphone_mcp/change.h"
#include "agentphone_mcp/resource.h"
#include "base/arrivals.h"
#include "base/clock.h"

namespace apmcp::resources {

/// How long to wait between two looks: `first` after a change, half as long again after every look without one, and
/// never more than `longest`.
struct Pace {
  std::chrono::milliseconds first, longest;

  [[nodiscard]] bool is_still() const { return longest.count() == 0; }

  [[nodiscard]] std::chrono::milliseconds after(std::chrono::milliseconds last) const;

  bool operator==(const Pace& other) const = default;
};

inline constexpr Pace kStill{};  ///< changes only when a tool changes it
inline constexpr Pace kCallPace{std::chrono::milliseconds(1'000), std::chrono::milliseconds(5'000)};
inline constexpr Pace kMessagePace{std::chrono::milliseconds(5'000), std::chrono::milliseconds(30'000)};

/// What a resource was like when it was looked at.
struct Look {
  std::string state;      ///< equal when nothing changed
  bool is_final = false;  ///< it will hardly change any more: the call is over
};

/// What can be followed, and how it is looked at.
struct LiveSource {
  std::function<Pace(const std::string& uri)> pace;
  /// kNoSuchResource ends the following; after any other error it is looked at again.
  std::function<Result<Look>(const std::string& uri, const mcp::Party& party, std::stop_token stop)> look;
};

/// Sees to it that a resource that somebody follows is told to have changed even when nobody calls a tool. One thread
/// for each resource and caller looks at it and publishes every change once; it ends when nobody follows any more, or
/// soon after the call is over. Thread-safe.
class FollowedResources {
 public:
  struct Options {
    std::size_t max_followers = 64;  ///< at once; what is followed beyond is told only of what tools change
    /// Called by a thread of its own after each announcement of `arrivals`, while anything was ever followed. May wait.
    std::function<void()> on_arrival = nullptr;
    double speed = 1.0;  ///< how many times faster than the clock things happen (the sandbox), > 0
  };

  /// `arrivals` makes everybody look at once; may be null. Everything referred to outlives this object.
  FollowedResources(LiveSource source, const Clock& clock, Arrivals* arrivals, mcp::PublishChange publish,
                    Options options);
  ~FollowedResources();

  FollowedResources(const FollowedResources&) = delete;
  FollowedResources& operator=(const FollowedResources&) = delete;

  /// The resource is followed as long as what is returned lives. nullptr for what does not change by itself, when there
  /// are too many, and after stop().
  std::shared_ptr<const void> follow(const std::string& uri, const mcp::Party& party);

  /// A tool changed something: published at once, except when a follower is there, who looks and publishes it himself,
  /// so that it is told once.
  void changed(const mcp::Change& change);

  /// Somebody looks at it, and publishes by himself what an announcement of `arrivals` shows him.
  [[nodiscard]] bool is_looked_at(const std::string& uri, const std::string& caller) const;

  /// Somebody was shown this state. What follows is told against it, when no look was taken yet.
  void was_read(const std::string& uri, const std::string& caller, const std::string& state);

  /// Ends and joins all. Nothing is published afterwards.
  void stop();

  /// Threads that look.
  [[nodiscard]] std::size_t running() const;

 private:
  struct Follower;

  std::shared_ptr<Follower> find(const std::string& uri, const std::string& caller) const;  // with mutex_ held
  void bury();                                                                              // with mutex_ held
  void start_relay();                                                                       // with mutex_ held
  void run(Follower& follower, const std::stop_token& stop);
  bool look(Follower& follower, const std::stop_token& stop, bool& is_over);
  void relay(std::uint64_t seen, const std::stop_token& stop);

  const LiveSource source_;
  const Clock& clock_;
  Arrivals* const arrivals_;
  const mcp::PublishChange publish_;
  const Options options_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Follower>> followers_;  // guarded by mutex_
  bool is_stopped_ = false;                           // guarded by mutex_
  std::jthread relay_;                                // guarded by mutex_; passes announcements on
};

}  // namespace apmcp::resources

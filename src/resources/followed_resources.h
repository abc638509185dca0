#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "agentphone_mcp/change.h"
#include "agentphone_mcp/resource.h"
#include "base/clock.h"
#include "base/executor.h"

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

/// Polls subscribed resources and publishes an update when one changes. One timer thread hands due looks to a few
/// workers; a resource costs no thread. Of one resource and caller one look runs at a time, and the next one begins no
/// earlier than the pace's first pause after it began, whatever the reason. It ends with the last lease, or soon after
/// the call is over. Thread-safe. Does not promise an update for each change: changes between two looks coalesce.
class FollowedResources {
 public:
  struct Options {
    std::size_t max_per_caller = 64;  ///< resources; beyond it a caller is told only of what tools change and news say
    std::size_t max_resources = 4'096;  ///< of all callers; bounds memory
    std::size_t workers = 8;            ///< looks at the same time, at most; 2 or more
    /// Enqueues a change without sending it, and sends what is enqueued. Empty: news of a resource that is not polled
    /// is dropped. `flush` may wait, and is called by a worker.
    mcp::PublishChange offer = nullptr;
    std::function<void()> flush = nullptr;
  };

  /// Pauses pass on `clock`: for the sandbox it runs faster than real time. Everything referred to outlives this
  /// object.
  FollowedResources(LiveSource source, const Clock& clock, mcp::PublishChange publish, Options options);
  ~FollowedResources();

  FollowedResources(const FollowedResources&) = delete;
  FollowedResources& operator=(const FollowedResources&) = delete;

  /// Polls the resource as long as the result lives. nullptr for what does not change by itself, when there are too
  /// many, and after stop().
  std::shared_ptr<const void> follow(const std::string& uri, const mcp::Party& party);

  /// A tool changed the resource. Where it is polled, a look is made due, which publishes the change once; elsewhere
  /// the change is published at once, by this thread.
  void changed(const mcp::Change& change);

  /// The service reported news about the resource. As changed(), but never waits: where it is not polled, the change is
  /// offered and a worker flushes.
  void announce(const mcp::Change& change);

  /// A client read this state. The first look compares with it, when none has ended yet.
  void was_read(const std::string& uri, const std::string& caller, const std::string& state);

  /// Ends and joins all. Nothing is published afterwards.
  void stop();

  /// Resources that are polled.
  [[nodiscard]] std::size_t polled() const;

 private:
  struct Follower;
  using Followers = std::vector<std::shared_ptr<Follower>>;

  std::shared_ptr<Follower> find(const std::string& uri, const std::string& caller) const;  // with mutex_ held
  bool make_due(const mcp::Change& change);                                                 // with mutex_ held
  bool has_room(const std::string& caller);                                                 // with mutex_ held
  [[nodiscard]] std::shared_ptr<Follower> next_due() const;                                 // with mutex_ held
  [[nodiscard]] bool may_look(const Follower& follower) const;                              // with mutex_ held
  void wake_timer();                                                                        // with mutex_ held
  void look_ended(Follower& follower);                                                      // with mutex_ held
  void keep_time(const std::stop_token& stop);
  void look(const std::shared_ptr<Follower>& follower);
  [[nodiscard]] bool conclude(Follower& follower, const Result<Look>& now);  // with mutex_ held

  const LiveSource source_;
  const Clock& clock_;
  const mcp::PublishChange publish_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable_any due_changed_;
  Followers followers_;                            // guarded by mutex_
  bool is_stopped_ = false;                        // guarded by mutex_
  bool is_timer_woken_ = false;                    // guarded by mutex_; the next due look may be another one
  bool is_flush_pending_ = false;                  // guarded by mutex_
  std::size_t looking_ = 0;                        // guarded by mutex_; looks handed to workers and not ended
  std::map<std::string, std::size_t> looking_of_;  // guarded by mutex_; the same by caller
  std::jthread timer_;                             // guarded by mutex_ until stop()
  std::optional<Executor> workers_;                // reset by stop() alone
};

}  // namespace apmcp::resources

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/change.h"
#include "agentphone_mcp/resource.h"
#include "jsonrpc/message.h"
#include "mcp/task_store.h"

namespace apmcp::mcp {

/// What somebody wants to be told (SubscriptionFilter of 2026-07-28; the older revisions come to the same).
struct SubscriptionFilter {
  bool tools_list_changed = false;
  bool prompts_list_changed = false;
  bool resources_list_changed = false;
  std::set<std::string, std::less<>> resource_subscriptions;  ///< URIs; compared as they are spelled
  TaskIds task_ids;                                           ///< extension io.modelcontextprotocol/tasks

  [[nodiscard]] bool empty() const;
  [[nodiscard]] bool takes(const Change& change) const;

  /// As subscriptions/listen has it, without what is not wanted.
  [[nodiscard]] Json to_json() const;
};

/// The filter of subscriptions/listen. kInvalidParams when it is missing or malformed; members that this server does
/// not know ask for nothing.
Result<SubscriptionFilter> read_subscription_filter(const Json& params);

/// The id of a listen request as its messages carry it.
Json subscription_id(const jsonrpc::Id& id);

inline constexpr const char* kSubscriptionIdKey = "io.modelcontextprotocol/subscriptionId";

/// The task as notifications/tasks shows it; an error when it is gone, or somebody else's.
using ReadTask = std::function<Result<Json>(const std::string& id, const std::string& caller)>;

/// On whose behalf somebody is told.
struct Interest {
  Party party = {};                 ///< only its own resources and tasks are told
  FollowResource follow = nullptr;  ///< told of each URI; may be empty
  ReadTask read_task = nullptr;     ///< asked when a change of a task is sent; empty: none is
};

/// One party that is told of changes: a connection after its handshake, or one subscriptions/listen. Thread-safe.
///
/// Whoever finds messages waiting and nobody at it sends them; whoever comes meanwhile only adds his. So messages keep
/// their order, no lock is held while one is sent, and a slow reader holds up one thread. What waits already is not
/// added again: a client reads anew once, however often something changed. That also bounds what can wait.
class Subscription {
 public:
  /// Messages go to `sink`, and carry `listen_id` when there is one. Nothing is sent before start().
  Subscription(SubscriptionFilter filter, std::shared_ptr<jsonrpc::MessageSink> sink,
               std::optional<jsonrpc::Id> listen_id, Interest interest = {});

  /// Sends the acknowledgement when this is a listen, and then what changed since the construction. From here on its
  /// URIs are followed. Call once.
  void start();

  /// Has the change sent by the next flush(), when the filter takes it.
  void offer(const Change& change);

  /// Sends what waits, unless another thread is at it, which then takes it along.
  void flush();

  /// Nothing is told from here on. What waits is sent first, then `last_message` (none when empty), then `over` is
  /// called, by this thread or the one that is sending. Of several calls, of abandon() too, the first one counts.
  void finish(std::string last_message, std::function<void()> over);

  /// The same for a reader who is gone: what waits is dropped.
  void abandon(std::function<void()> over);

  [[nodiscard]] bool is_open() const;

  [[nodiscard]] bool is_listen() const { return listen_id_.has_value(); }

  [[nodiscard]] const std::string& caller() const { return interest_.party.caller; }

  /// Asks for the lists as well, from here on.
  void add_lists(const SubscriptionFilter& lists);

  /// resources/subscribe and unsubscribe. False when there are `limit` URIs already.
  bool add_uri(const std::string& uri, std::size_t limit);
  void remove_uri(const std::string& uri);

 private:
  void send(const Change& change);
  void end(std::string last_message, std::function<void()> over, bool drops_waiting);
  void follow(const std::string& uri);
  [[nodiscard]] bool is_told(const Change& change) const;  // with mutex_ held

  const std::shared_ptr<jsonrpc::MessageSink> sink_;
  const std::optional<jsonrpc::Id> listen_id_;
  const Interest interest_;
  mutable std::mutex mutex_;
  SubscriptionFilter filter_;    // guarded by mutex_
  std::vector<Change> waiting_;  // guarded by mutex_; in the order of arrival, each once
  bool is_sending_ = true;       // guarded by mutex_; until start(), and for ever after the end
  bool is_open_ = true;          // guarded by mutex_
  bool is_abandoned_ = false;    // guarded by mutex_
  std::string last_message_;     // guarded by mutex_; sent at the end
  std::function<void()> over_;   // guarded by mutex_; called at the end
  std::map<std::string, std::shared_ptr<const void>, std::less<>> followed_;  // guarded by mutex_; by URI
};

/// Everybody who is told of changes of one server, whatever the connection. Thread-safe.
class Subscriptions {
 public:
  struct Options {
    std::size_t max_listens_per_caller = 100;  ///< open subscriptions/listen at once, over all connections
    std::size_t max_uris_per_client = 1'000;   ///< resources that one party may follow
    FollowResource follow = nullptr;           ///< told of the resources that are followed; empty: nobody is
    ReadTask read_task = nullptr;              ///< of what kTaskChanged names; empty: nobody is told of tasks
  };

  explicit Subscriptions(Options options);

  /// Tells everybody who asked. May be called from a handler; waits while one of those who are told reads slowly.
  void publish(const Change& change);

  /// The same in two steps, for whoever may not wait: offer() sends nothing, the flush() of another thread does.
  void offer(const Change& change);
  void flush();

  /// False when it is a listen and its caller has too many open. Other callers' listens do not count. Held weakly: it
  /// leaves when it ends or is destroyed.
  bool add(const std::shared_ptr<Subscription>& subscription);

  [[nodiscard]] const Options& options() const { return options_; }

 private:
  std::vector<std::shared_ptr<Subscription>> members();

  const Options options_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<Subscription>> members_;  // guarded by mutex_
};

}  // namespace apmcp::mcp

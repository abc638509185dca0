#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mcp/in_flight.h"
#include "mcp/subscriptions.h"

namespace apmcp::mcp {

/// The open subscriptions/listen requests of one session (2026-07-28). They are in flight like any request, but no
/// thread runs them: they end when the client cancels, when it is gone, or when the session is drained. Thread-safe.
class Listens {
 public:
  /// `in_flight` outlives this object.
  explicit Listens(InFlight& in_flight) : in_flight_(in_flight) {}

  struct Request {
    InFlight::Ticket ticket;
    std::shared_ptr<jsonrpc::MessageSink> reply;
    SubscriptionFilter honoured;        ///< when nothing is, the request ends after its acknowledgement
    std::string result;                 ///< JSON text, for a graceful end
    std::shared_ptr<const void> owner;  ///< kept until the request is over
    Party party = {};                   ///< whose request it is
  };

  /// Acknowledges, and tells of changes from then on. False when too many are open: then the request is still the
  /// caller's, who has to answer it.
  bool open(Subscriptions& subscriptions, Request request);

  /// Lets go of those that were cancelled: call after InFlight::cancel() and cancel_all().
  void drop_cancelled();

  /// Ends all with their results, and every later one after its acknowledgement.
  void finish_all();

 private:
  struct Entry;
  [[nodiscard]] std::vector<std::shared_ptr<Entry>> all();
  void drop(const std::shared_ptr<Entry>& entry);
  void finish(const std::shared_ptr<Entry>& entry);
  void over(const Entry& entry);

  InFlight& in_flight_;
  std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<Entry>> open_;  // guarded by mutex_; by the ticket's cookie
  bool is_finishing_ = false;                             // guarded by mutex_
};

}  // namespace apmcp::mcp

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "jsonrpc/message.h"

namespace apmcp::mcp {

/// The requests of one connection that are being worked on. Makes "exactly one answer, none for a cancelled one" a
/// matter of one map: an answer may be sent only while its entry is there. Thread-safe.
class InFlight {
 public:
  /// Names one running request. The cookie keeps a finished request from touching a newer one that reuses its id.
  struct Ticket {
    jsonrpc::Id id;
    std::uint64_t cookie = 0;
    std::stop_token stop;        ///< of what only reads or waits
    std::stop_token write_stop;  ///< of what changes something
  };

  /// Absent when a request with this id is running.
  std::optional<Ticket> begin(const jsonrpc::Id& id);

  /// Ends the entry and fires its stop token. False when there is none: unknown, finished or cancelled before.
  bool cancel(const jsonrpc::Id& id);

  /// True while the answer, or a notification about the request, may still be sent.
  [[nodiscard]] bool is_open(const Ticket& ticket) const;

  /// Ends the entry: true when the answer may be sent, false when it was cancelled. Call exactly once per begin().
  bool close(const Ticket& ticket);

  /// The request is over, its answer handed on. Call exactly once per begin(), after close().
  void release();

  /// Fires the stop tokens of what only reads or waits, and keeps the entries: what stops may still say how far it
  /// came.
  void stop_waits();

  /// Fires every stop token and keeps the entries.
  void stop_all();

  /// Fires every stop token; the answers of what was running will not be sent.
  void cancel_all();

  /// Waits until nothing is running, cancelled work included. False when `limit` ran out first.
  bool wait_idle(std::chrono::milliseconds limit);

 private:
  struct Entry {
    std::uint64_t cookie;
    std::stop_source stop;
    std::stop_source write_stop;
  };

  /// Copies, to be stopped without the mutex because stopping runs callbacks.
  std::vector<Entry> entries();
  static void stop_both(Entry& entry);

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::map<jsonrpc::Id, Entry> entries_;  // guarded by mutex_
  std::uint64_t next_cookie_ = 1;         // guarded by mutex_
  std::size_t running_ = 0;               // guarded by mutex_; begun and not released
};

}  // namespace apmcp::mcp

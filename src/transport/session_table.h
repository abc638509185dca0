#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "transport/http_session.h"

namespace apmcp::transport {

/// The sessions of the handshake revisions over HTTP, up to a maximum for each caller and for all. A session is live
/// while a request of it runs or a thread holds the pointer that find() gave it. One that was not live for
/// `idle_limit` ends when it is asked for or when another comes. Thread-safe, and every member is one atomic step.
class SessionTable {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    std::size_t max_sessions = 1000;
    std::size_t max_per_caller = 250;  ///< of a caller with a name; the one caller without may have them all
    std::chrono::milliseconds idle_limit = std::chrono::minutes{30};
    std::function<Clock::time_point()> now = Clock::now;
    /// Put in front of every id with a dot, so that a proxy in front of several servers finds the one that has the
    /// session; empty: nothing.
    std::string replica = {};
  };

  explicit SessionTable(Options options) : options_(std::move(options)) {}

  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  /// An unguessable id: 128 random bits, visible ASCII. Empty when the system has no random bytes.
  [[nodiscard]] std::string new_id() const;

  /// Where the maximum is reached, a session that is not live makes room: first those without a request since their
  /// handshake, then those with the oldest use. False when all are live, and after drain().
  bool add(const std::shared_ptr<HttpSession>& session);

  /// nullptr when there is none of that id and kind, when it ended, and when it is another caller's: they look the
  /// same.
  std::shared_ptr<HttpSession> find(const std::string& id, HttpSession::Kind kind, const std::string& caller);

  /// Its stream was open until now. Does nothing when there is no such session.
  void touch(const std::string& id);

  /// Ends the session, unless it ended before.
  void remove(const std::string& id);

  [[nodiscard]] std::size_t size() const;

  /// Lets what runs go on until `grace` has passed, then stops it and waits until it has answered with what it has.
  /// Takes 2 seconds longer at most; what has not stopped by then is cancelled and its session ended. No session is
  /// added any more.
  void drain(std::chrono::milliseconds grace);

 private:
  struct Entry {
    std::shared_ptr<HttpSession> session;
    Clock::time_point last_use;
  };

  using Sessions = std::map<std::string, Entry>;

  // With mutex_ held.
  [[nodiscard]] static bool is_live(const Entry& entry);
  [[nodiscard]] bool is_expired(Entry& entry, Clock::time_point now) const;
  Sessions::iterator find_abandoned(const std::string* caller);
  bool make_room(const std::string& caller, std::vector<std::shared_ptr<HttpSession>>& ended);

  const Options options_;
  mutable std::mutex mutex_;
  Sessions sessions_;             // guarded by mutex_
  Clock::time_point next_sweep_;  // guarded by mutex_
  bool is_draining_ = false;      // guarded by mutex_
};

}  // namespace apmcp::transport

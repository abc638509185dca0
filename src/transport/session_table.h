#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "transport/http_session.h"

namespace apmcp::transport {

/// The sessions of the handshake revisions over HTTP. There is a most of them, and one that was quiet for too long goes
/// when it is asked for or when another comes. Thread-safe.
class SessionTable {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    std::size_t max_sessions = 1000;
    std::chrono::milliseconds idle_limit = std::chrono::minutes{30};
    std::function<Clock::time_point()> now = Clock::now;
    /// Put in front of every id with a dot, so that a proxy in front of several servers finds the one that has the
    /// session; empty: nothing.
    std::string replica = {};
  };

  explicit SessionTable(Options options) : options_(std::move(options)) {}

  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  /// An id that nobody can guess: 128 random bits, visible ASCII. Empty when the system has no random bytes.
  [[nodiscard]] std::string new_id() const;

  /// False when there are too many.
  bool add(const std::shared_ptr<HttpSession>& session);

  /// nullptr when there is none of that id and kind, when it went, and when it is another caller's: they look the same.
  std::shared_ptr<HttpSession> find(const std::string& id, HttpSession::Kind kind, const std::string& caller);

  /// Somebody had its stream open until now. Nothing when there is no such session.
  void touch(const std::string& id);

  /// Ends the session, unless it has gone already.
  void remove(const std::string& id);

  [[nodiscard]] std::size_t size() const;

  /// Lets what runs go on until `grace` has passed, then stops it and waits until it has answered with what it has.
  /// Takes 2 seconds longer at most; what has not stopped by then is cancelled and its session ended.
  void drain(std::chrono::milliseconds grace);

 private:
  struct Entry {
    std::shared_ptr<HttpSession> session;
    Clock::time_point last_use;
  };

  using Sessions = std::map<std::string, Entry>;

  [[nodiscard]] bool is_expired(Entry& entry, Clock::time_point now) const;

  const Options options_;
  mutable std::mutex mutex_;
  Sessions sessions_;             // guarded by mutex_
  Clock::time_point next_sweep_;  // guarded by mutex_
};

}  // namespace apmcp::transport

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>

namespace apmcp::listener {

using Clock = std::chrono::steady_clock;

/// The open connections of one listener, and which of them can be closed to make room: those that wait for a request,
/// and those whose readers hold up too many bytes. Thread-safe.
class ConnectionTable {
 public:
  class Place;

  /// `spare_limit`, `max_unsent`: see ListenerOptions.
  ConnectionTable(std::chrono::milliseconds spare_limit, std::size_t max_unsent)
      : spare_limit_(spare_limit), max_unsent_(max_unsent) {}

  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  /// Closes the oldest connection that has not sent a request yet. When `is_full`, also one that came only just now, or
  /// else the one that has been idle longest. False when none can be spared. The closed one's thread ends by itself.
  bool evict_waiting(bool is_full);

 private:
  enum class State { kNew, kIdle, kWorking, kEvicted };

  bool can_spare(const Place& place, Clock::time_point now, bool is_full) const;
  void change_unsent(std::size_t before, std::size_t after);
  void evict_stalled();

  const std::chrono::milliseconds spare_limit_;
  const std::size_t max_unsent_;
  std::atomic<std::size_t> unsent_{0};  ///< of all places
  std::mutex mutex_;
  std::list<Place*> places_;  ///< in the order of their arrival
};

/// One connection in the table, while it lives. Used by the connection's thread alone; the table reads along.
class ConnectionTable::Place {
 public:
  /// `table` outlives the place, the socket `fd` as well.
  Place(ConnectionTable& table, int fd);
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  /// A request has come. False when the connection was evicted: then the request must not be acted on.
  bool begin_work();

  /// The answer has left; the next request may take its time.
  void become_idle();

  /// How many bytes of the present answer wait for the reader. Whoever calls it has seen the reader make progress, or
  /// begin to stall.
  void set_unsent(std::size_t bytes);

  /// The reader of a stalled answer has made progress.
  void restart() { since_ = Clock::now().time_since_epoch().count(); }

 private:
  friend class ConnectionTable;

  [[nodiscard]] Clock::time_point since() const { return Clock::time_point(Clock::duration(since_.load())); }

  ConnectionTable& table_;
  const int fd_;
  std::atomic<State> state_{State::kNew};
  std::atomic<Clock::rep> since_;  ///< the begin of a wait for a request; else the last progress of a stalled answer
  std::atomic<std::size_t> unsent_{0};
  std::list<Place*>::iterator position_;
};

}  // namespace apmcp::listener

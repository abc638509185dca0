#include "listener/connection_table.h"

#include <sys/socket.h>

namespace apmcp::listener {
namespace {

/// A client needs a moment between connecting and its first request.
constexpr std::chrono::milliseconds kNewLimit{250};

/// Ends the connection and frees what the kernel still holds for it. Its thread finds out at its next look.
void reset(int fd) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::shutdown(fd, SHUT_RDWR);
}

}  // namespace

bool ConnectionTable::evict_waiting(bool is_full) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  for (;;) {
    Place* oldest = nullptr;
    State state{};
    for (Place* place : places_) {
      const State found = place->state_;
      if ((found != State::kNew && found != State::kIdle) || !can_spare(*place, now, is_full)) continue;
      const bool is_better = oldest == nullptr || found < state || (found == state && place->since() < oldest->since());
      if (!is_better) continue;
      oldest = place;
      state = found;
    }
    if (oldest == nullptr) return false;
    // Lost when its request has come meanwhile.
    if (!oldest->state_.compare_exchange_strong(state, State::kEvicted)) continue;
    ::shutdown(oldest->fd_, SHUT_RDWR);
    return true;
  }
}

bool ConnectionTable::can_spare(const Place& place, Clock::time_point now, bool is_full) const {
  const auto waited = now - place.since();
  return place.state_ == State::kNew ? is_full || waited >= kNewLimit : is_full && waited >= spare_limit_;
}

void ConnectionTable::change_unsent(std::size_t before, std::size_t after) {
  unsent_ += after;
  unsent_ -= before;
  if (after > before && unsent_ > max_unsent_) evict_stalled();
}

void ConnectionTable::evict_stalled() {
  const std::lock_guard lock(mutex_);
  while (unsent_ > max_unsent_) {
    Place* stalled = nullptr;
    for (Place* place : places_) {
      if (place->unsent_ > 0 && (stalled == nullptr || place->since() < stalled->since())) stalled = place;
    }
    if (stalled == nullptr) return;
    unsent_ -= stalled->unsent_.exchange(0);
    reset(stalled->fd_);
  }
}

ConnectionTable::Place::Place(ConnectionTable& table, int fd) : table_(table), fd_(fd) {
  restart();
  const std::lock_guard lock(table_.mutex_);
  position_ = table_.places_.insert(table_.places_.end(), this);
}

ConnectionTable::Place::~Place() {
  set_unsent(0);
  const std::lock_guard lock(table_.mutex_);
  table_.places_.erase(position_);
}

bool ConnectionTable::Place::begin_work() {
  State before = State::kNew;
  if (state_.compare_exchange_strong(before, State::kWorking) || before == State::kWorking) return true;
  return before == State::kIdle && state_.compare_exchange_strong(before, State::kWorking);
}

void ConnectionTable::Place::become_idle() {
  restart();
  state_ = State::kIdle;
}

void ConnectionTable::Place::set_unsent(std::size_t bytes) {
  restart();
  table_.change_unsent(unsent_.exchange(bytes), bytes);
}

}  // namespace apmcp::listener

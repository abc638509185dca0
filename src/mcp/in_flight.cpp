#include "mcp/in_flight.h"

#include <utility>
#include <vector>

namespace apmcp::mcp {

std::optional<InFlight::Ticket> InFlight::begin(const jsonrpc::Id& id) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = entries_.try_emplace(id, Entry{next_cookie_, std::stop_source()});
  if (!is_new) return std::nullopt;
  ++running_;
  return Ticket{.id = id, .cookie = next_cookie_++, .stop = at->second.stop.get_token()};
}

bool InFlight::cancel(const jsonrpc::Id& id) {
  std::stop_source stop(std::nostopstate);
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return false;
    stop = std::move(found->second.stop);
    entries_.erase(found);
  }
  stop.request_stop();  // runs callbacks, so never under the mutex
  return true;
}

bool InFlight::is_open(const Ticket& ticket) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(ticket.id);
  return found != entries_.end() && found->second.cookie == ticket.cookie;
}

bool InFlight::close(const Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(ticket.id);
  const bool may_answer = found != entries_.end() && found->second.cookie == ticket.cookie;
  if (may_answer) entries_.erase(found);
  return may_answer;
}

void InFlight::release() {
  const std::lock_guard lock(mutex_);
  if (--running_ == 0) idle_.notify_all();
}

void InFlight::stop_all() {
  std::vector<std::stop_source> stops;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_) stops.push_back(entry.stop);
  }
  for (std::stop_source& stop : stops) stop.request_stop();
}

void InFlight::cancel_all() {
  std::vector<std::stop_source> stops;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, entry] : entries_) stops.push_back(std::move(entry.stop));
    entries_.clear();
  }
  for (std::stop_source& stop : stops) stop.request_stop();
}

bool InFlight::wait_idle(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, limit, [&] { return running_ == 0; });
}

}  // namespace apmcp::mcp

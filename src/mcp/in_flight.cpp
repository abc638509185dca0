#include "mcp/in_flight.h"

#include <utility>

namespace apmcp::mcp {

std::optional<InFlight::Ticket> InFlight::begin(const jsonrpc::Id& id) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = entries_.try_emplace(id, Entry{.cookie = next_cookie_, .stop = {}, .write_stop = {}});
  if (!is_new) return std::nullopt;
  ++running_;
  return Ticket{.id = id,
                .cookie = next_cookie_++,
                .stop = at->second.stop.get_token(),
                .write_stop = at->second.write_stop.get_token()};
}

bool InFlight::cancel(const jsonrpc::Id& id) {
  std::optional<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return false;
    entry = std::move(found->second);
    entries_.erase(found);
  }
  stop_both(*entry);  // runs callbacks, so never under the mutex
  return true;
}

void InFlight::stop_both(Entry& entry) {
  entry.stop.request_stop();
  entry.write_stop.request_stop();
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

std::vector<InFlight::Entry> InFlight::entries() {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> copies;
  for (const auto& [id, entry] : entries_) copies.push_back(entry);
  return copies;
}

void InFlight::stop_waits() {
  for (Entry& entry : entries()) entry.stop.request_stop();
}

void InFlight::stop_all() {
  for (Entry& entry : entries()) stop_both(entry);
}

void InFlight::cancel_all() {
  std::map<jsonrpc::Id, Entry> cancelled;
  {
    const std::lock_guard lock(mutex_);
    cancelled.swap(entries_);
  }
  for (auto& [id, entry] : cancelled) stop_both(entry);
}

bool InFlight::wait_idle(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, limit, [&] { return running_ == 0; });
}

}  // namespace apmcp::mcp

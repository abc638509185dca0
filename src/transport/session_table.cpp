#include "transport/session_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/random.h"

namespace apmcp::transport {
namespace {

std::chrono::milliseconds time_until(SessionTable::Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SessionTable::Clock::now());
  return std::max(left, std::chrono::milliseconds::zero());
}

}  // namespace

bool SessionTable::is_live(const Entry& entry) {
  // Pointers to a session are copied from the table's own, under its mutex: one alone stays one.
  return entry.session.use_count() > 1 || entry.session->is_busy();
}

bool SessionTable::is_expired(Entry& entry, Clock::time_point now) const {
  if (now - entry.last_use < options_.idle_limit) return false;
  if (is_live(entry)) entry.last_use = now;
  return now - entry.last_use >= options_.idle_limit;
}

std::string SessionTable::new_id() const {
  constexpr std::size_t kIdBytes = 16;
  std::string id = random_hex(kIdBytes);
  return id.empty() || options_.replica.empty() ? id : options_.replica + "." + id;
}

bool SessionTable::add(const std::shared_ptr<HttpSession>& session) {
  constexpr std::chrono::minutes kBetweenSweeps{1};
  std::vector<std::shared_ptr<HttpSession>> ended;
  bool has_room = false;
  {
    const std::lock_guard lock(mutex_);
    const auto now = options_.now();
    if (sessions_.size() >= options_.max_sessions || now >= next_sweep_) {
      next_sweep_ = now + kBetweenSweeps;
      for (auto at = sessions_.begin(); at != sessions_.end();) {
        const bool goes = is_expired(at->second, now);
        if (goes) ended.push_back(std::move(at->second.session));
        at = goes ? sessions_.erase(at) : std::next(at);
      }
    }
    has_room = !is_draining_ && make_room(session->caller(), ended);
    if (has_room) sessions_.emplace(session->id(), Entry{.session = session, .last_use = now});
  }
  for (const auto& one : ended) one->end();
  return has_room;
}

bool SessionTable::make_room(const std::string& caller, std::vector<std::shared_ptr<HttpSession>>& ended) {
  const auto evict = [&](const std::string* whose) {
    const auto found = find_abandoned(whose);
    if (found == sessions_.end()) return false;
    ended.push_back(std::move(found->second.session));
    sessions_.erase(found);
    return true;
  };
  const auto own = std::count_if(sessions_.begin(), sessions_.end(),
                                 [&](const auto& entry) { return entry.second.session->belongs_to(caller); });
  const bool is_at_cap = !caller.empty() && static_cast<std::size_t>(own) >= options_.max_per_caller;
  if (is_at_cap && !evict(&caller)) return false;
  return sessions_.size() < options_.max_sessions || evict(nullptr);
}

SessionTable::Sessions::iterator SessionTable::find_abandoned(const std::string* caller) {
  auto best = sessions_.end();
  std::pair<bool, Clock::time_point> best_rank;
  for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
    const Entry& entry = at->second;
    if (caller != nullptr && !entry.session->belongs_to(*caller)) continue;
    const std::pair rank(entry.session->was_used(), entry.last_use);
    if ((best != sessions_.end() && best_rank <= rank) || is_live(entry)) continue;
    best = at;
    best_rank = rank;
  }
  return best;
}

std::shared_ptr<HttpSession> SessionTable::find(const std::string& id, HttpSession::Kind kind,
                                                const std::string& caller) {
  std::shared_ptr<HttpSession> expired;
  {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return nullptr;
    Entry& entry = found->second;
    if (entry.session->kind() != kind || !entry.session->belongs_to(caller)) return nullptr;
    const auto now = options_.now();
    if (!is_expired(entry, now)) {
      entry.last_use = now;
      return entry.session;
    }
    expired = std::move(entry.session);
    sessions_.erase(found);
  }
  expired->end();
  return nullptr;
}

void SessionTable::touch(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found != sessions_.end()) found->second.last_use = options_.now();
}

void SessionTable::remove(const std::string& id) {
  std::shared_ptr<HttpSession> session;
  {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    session = std::move(found->second.session);
    sessions_.erase(found);
  }
  session->end();
}

std::size_t SessionTable::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

void SessionTable::drain(std::chrono::milliseconds grace) {
  std::vector<std::shared_ptr<HttpSession>> all;
  {
    const std::lock_guard lock(mutex_);
    is_draining_ = true;
    for (const auto& [id, entry] : sessions_) all.push_back(entry.session);
  }
  // One grace and one wait for all: a session that is stuck must not cost another its answers.
  auto deadline = Clock::now() + grace;
  std::erase_if(all, [&](const auto& session) { return session->finish(time_until(deadline)); });
  for (const auto& session : all) session->stop_all();
  deadline = Clock::now() + mcp::Session::kUntilNoticed;
  std::erase_if(all, [&](const auto& session) { return session->await_stopped(time_until(deadline)); });
  for (const auto& session : all) session->end();
}

}  // namespace apmcp::transport

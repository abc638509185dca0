#include "mcp/spent_states.h"

namespace apmcp::mcp {

Error too_many_spent() {
  return {.code = ErrorCode::kBusy, .message = "Too many confirmations at once. Try again shortly."};
}

Result<bool> MemorySpentStates::spend(const std::string& nonce, Clock::TimePoint expires_at, Clock::TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (spent_.size() >= kMaxKept) {
    std::erase_if(spent_, [now](const auto& entry) { return entry.second <= now; });
  }
  if (spent_.contains(nonce)) return false;
  if (spent_.size() >= kMaxKept) return too_many_spent();
  spent_.emplace(nonce, expires_at);
  return true;
}

}  // namespace apmcp::mcp

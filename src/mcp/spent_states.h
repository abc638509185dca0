#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "agentphone_mcp/result.h"
#include "base/clock.h"

namespace apmcp::mcp {

/// Request states that were used, by nonce, so that an answer of the user counts once. Thread-safe.
class SpentStates {
 public:
  static constexpr std::size_t kMaxKept = 10'000;  ///< that have not expired

  SpentStates() = default;
  SpentStates(const SpentStates&) = delete;
  SpentStates& operator=(const SpentStates&) = delete;
  virtual ~SpentStates() = default;

  /// True for the first call with this nonce, false for every later one until `expires_at`. kBusy when it cannot be
  /// remembered: then the state must not be used.
  virtual Result<bool> spend(const std::string& nonce, Clock::TimePoint expires_at, Clock::TimePoint now) = 0;
};

/// Remembers for this process only.
class MemorySpentStates final : public SpentStates {
 public:
  Result<bool> spend(const std::string& nonce, Clock::TimePoint expires_at, Clock::TimePoint now) override;

 private:
  std::mutex mutex_;
  std::map<std::string, Clock::TimePoint> spent_;  // guarded by mutex_; nonce -> when it expires
};

/// What spend() fails with at kMaxKept.
Error too_many_spent();

}  // namespace apmcp::mcp

#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace apmcp::log {

/// Limits how often an event that strangers can cause is logged: one line for each kind in an interval. Thread-safe.
class Pace {
 public:
  explicit Pace(std::chrono::seconds interval = std::chrono::minutes(1)) : interval_(interval) {}

  /// Log now: how many of this `kind` were not logged since its last line. Absent: do not log. `kind` is one of few.
  std::optional<std::size_t> pass(std::string_view kind, Clock::TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = kinds_.try_emplace(std::string(kind));
    Kind& last = entry->second;
    const bool is_early = !is_new && now >= last.logged_at && now < last.logged_at + interval_;
    if (is_early) {
      ++last.skipped;
      return std::nullopt;
    }
    const std::size_t skipped = last.skipped;
    last = {.logged_at = now, .skipped = 0};
    return skipped;
  }

 private:
  struct Kind {
    Clock::TimePoint logged_at{};
    std::size_t skipped = 0;
  };

  const std::chrono::seconds interval_;
  std::mutex mutex_;
  std::map<std::string, Kind> kinds_;  // guarded by mutex_
};

}  // namespace apmcp::log

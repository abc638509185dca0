#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "inbox/inbox.h"

namespace apmcp::inbox {

struct InboxOptions {
  std::filesystem::path file;            ///< absolute, or ":memory:"
  const Clock* clock = nullptr;          ///< outlives the inbox; not null
  std::chrono::hours keep_for{24 * 30};  ///< older events go
  /// Ids of deliveries are remembered for so long, even when their events are gone: a retry may come after 21 hours.
  std::chrono::hours remember_for{48};
  std::int64_t max_events = 50'000;
  std::int64_t max_bytes = std::int64_t{64} << 20;  ///< of all bodies; the oldest events go first
};

/// An inbox in SQLite. The errors are those of store::Database.
Result<std::unique_ptr<Inbox>> open_inbox(const InboxOptions& options);

}  // namespace apmcp::inbox

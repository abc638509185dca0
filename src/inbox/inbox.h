#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/result.h"
#include "base/clock.h"
#include "webhook/event.h"

namespace apmcp::webhook {
struct Received;
}

namespace apmcp::inbox {

struct StoredEvent {
  std::int64_t position = 0;  ///< grows with every event, never used twice
  Clock::TimePoint received_at;
  webhook::Event event;
};

struct EventQuery {
  std::optional<webhook::EventKind> kind;
  std::optional<std::string> number_id;
  std::optional<Clock::TimePoint> since;  ///< received then or later
  std::optional<std::int64_t> after;      ///< only positions above this one
  std::size_t limit = 20;                 ///< 1 or more
};

struct EventPage {
  std::vector<StoredEvent> events;  ///< oldest first
  bool has_more = false;            ///< more that came later
  /// `after` of the next page; when this is the last one, of what comes from now on: behind all that is there, whether
  /// it fits or not.
  std::int64_t position = 0;
};

/// What AgentPhone told, kept until it is too old or too much. Thread-safe.
class Inbox {
 public:
  Inbox() = default;
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  virtual ~Inbox() = default;

  /// Keeps the event; when this returns true it survives the end of the process and of the machine. False: it was
  /// taken before (the same delivery id, or the very same request). `body` is the event as sent.
  virtual Result<bool> keep(const webhook::Received& received, std::string_view body) = 0;

  /// With `since` or `after`: the first ones that fit. Without: the last ones.
  virtual Result<EventPage> list(const EventQuery& query) = 0;
};

}  // namespace apmcp::inbox

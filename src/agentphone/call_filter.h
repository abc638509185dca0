#pragma once

#include <cstdint>

#include "agentphone/models.h"

namespace apmcp::agentphone {

/// Filters and pages rows of calls the way the account's list of the service does it, for the agent's list, which
/// does not. One query, one thread.
class CallFilter {
 public:
  explicit CallFilter(const CallQuery& query);

  /// Whether the query filters at all.
  [[nodiscard]] bool is_active() const;

  /// Takes the next page of unfiltered rows.
  void take(Page<Call> page);

  /// The wanted page is complete, and it is known that more matches follow.
  [[nodiscard]] bool is_full() const;

  /// The last page taken was the last one there is.
  [[nodiscard]] bool saw_all() const { return saw_all_; }

  /// The matches of the wanted page. `total` only when every row was seen.
  [[nodiscard]] Page<Call> result() &&;

 private:
  [[nodiscard]] bool matches(const Call& call) const;

  const CallQuery query_;
  const std::int64_t offset_;
  const std::int64_t limit_;
  std::int64_t matches_ = 0;
  bool saw_all_ = false;
  Page<Call> wanted_;
};

}  // namespace apmcp::agentphone

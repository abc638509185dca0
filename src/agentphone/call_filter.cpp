#include "agentphone/call_filter.h"

#include <string>
#include <string_view>
#include <utility>

namespace apmcp::agentphone {
namespace {

/// A part of a number as people type it, without what stands between the digits.
std::string digits_of(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  return digits;
}

bool is_set(const std::optional<std::string>& value) {
  return value && !value->empty();
}

}  // namespace

CallFilter::CallFilter(const CallQuery& query)
    : query_(query), offset_(query.page.offset.value_or(0)), limit_(query.page.limit.value_or(kDefaultPage)) {}

bool CallFilter::is_active() const {
  return is_set(query_.status) || is_set(query_.direction) || is_set(query_.search);
}

bool CallFilter::matches(const Call& call) const {
  if (is_set(query_.status) && call.status != *query_.status) return false;
  if (is_set(query_.direction) && call.direction != *query_.direction) return false;
  if (!is_set(query_.search)) return true;
  const std::string part = digits_of(*query_.search);
  return !part.empty() && (digits_of(call.from_number).find(part) != std::string::npos ||
                           digits_of(call.to_number).find(part) != std::string::npos);
}

void CallFilter::take(Page<Call> page) {
  // A page that claims more but is empty would be asked for again and again.
  saw_all_ = !page.has_more || page.data.empty();
  for (Call& call : page.data) {
    if (!matches(call)) continue;
    const std::int64_t place = matches_++;
    if (place >= offset_ && place < offset_ + limit_) wanted_.data.push_back(std::move(call));
  }
}

bool CallFilter::is_full() const {
  return matches_ > offset_ + limit_;
}

Page<Call> CallFilter::result() && {
  wanted_.has_more = is_full() || !saw_all_;
  if (saw_all_) wanted_.total = matches_;
  return std::move(wanted_);
}

}  // namespace apmcp::agentphone

#pragma once

#include <string>
#include <string_view>

#include "agentphone_mcp/result.h"

namespace apmcp::numbers {

/// What kind of line a number is, as far as rules about it need to know.
enum class NumberKind {
  kOrdinary,
  kEmergency,  ///< 911 and its like anywhere, N11, 988 and other crisis lines: nobody may be called or texted there
  kPremium,    ///< 900, 976 and other premium-rate lines
  kShortCode,  ///< other short numbers
};

struct DialedNumber {
  std::string e164;  ///< "+14155550123"; empty unless kOrdinary or kPremium
  NumberKind kind = NumberKind::kOrdinary;
  bool was_national = false;  ///< no country code was given and +1 was assumed
};

/// Reads phone numbers as people write them. Thread-safe.
class NumberPlan {
 public:
  NumberPlan() = default;
  NumberPlan(const NumberPlan&) = delete;
  NumberPlan& operator=(const NumberPlan&) = delete;
  virtual ~NumberPlan() = default;

  /// E.164, or a number in US style ("(415) 555-0123", "415.555.0123", "1 415 555 0123"), which is read as +1.
  /// Error{kBadArguments} with a good example when it is no possible number.
  [[nodiscard]] virtual Result<DialedNumber> parse(std::string_view text) const = 0;
};

}  // namespace apmcp::numbers

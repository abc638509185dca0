#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agentphone_mcp/result.h"
#include "numbers/number_plan.h"

namespace apmcp::policy {

struct Destination {
  std::string e164;
  std::string note;  ///< not empty when a country code was assumed: says so, for the result
};

/// The number to call or text, or the reason why nobody may be reached there. `field` is the argument's name.
/// kBadArguments for what is no number; kPolicyDenied for emergency numbers, N11, crisis lines, short codes and premium
/// lines, with the advice that a person dials them directly. Decided before any traffic.
Result<Destination> check_destination(const numbers::NumberPlan& plan, std::string_view field, std::string_view text);

/// Lines that nobody is called or texted at, whoever asks.
struct RefusedLines {
  numbers::NumberKind kind;
  std::string_view name;       ///< "emergency", "short", "premium"
  std::string_view why;        ///< goes on from the name of the argument: "is a ..."
  std::string_view next_step;  ///< for the model
};

/// All that check_destination() refuses, for people who want to know beforehand.
std::span<const RefusedLines> refused_lines();

}  // namespace apmcp::policy

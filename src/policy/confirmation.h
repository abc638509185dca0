#pragma once

namespace apmcp::policy {

/// What lets a tool act that has to be confirmed (--confirm).
enum class Confirmation {
  kAsk,       ///< the person's answer where the client can ask for it, else the argument `confirm`
  kArgument,  ///< the argument alone is enough; the person is asked when it is missing
  kPerson,    ///< the person's answer alone
};

/// Whether `confirm` being JSON true lets the tool act.
constexpr bool argument_counts(Confirmation setting, bool can_ask_person) {
  return setting == Confirmation::kArgument || (setting == Confirmation::kAsk && !can_ask_person);
}

}  // namespace apmcp::policy

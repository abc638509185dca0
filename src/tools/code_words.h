#pragma once

#include <string_view>

namespace apmcp::tools {

/// What a word of a text says about a number beside it. Words are lower case, in the languages that people's codes come
/// in; those of Chinese, Japanese, Korean and Thai are found within a run of their script.
enum class WordKind {
  kCode,          ///< code, código, Bestätigungscode, OTP, 验证码: a number here is a one-time code
  kThing,         ///< order, parcel, flight, booking: it names that
  kConfirmation,  ///< confirmation: a booking's beside a number, a one-time code's beside "code"
  kQualifier,     ///< promo, discount, postal: makes a code beside it another sort of code
  kReach,         ///< ending, call, phone: it is part of a card's or a phone's number
  kAccount,       ///< card, account: it is the number of that, or what a code is asked for
  kUnit,          ///< minutes, USD, points, Street: after a number, it counts or places something
  kPlace,         ///< at, until, on: a time or an address follows
  kCommand,       ///< use, enter, introduce: type this
  kLink,          ///< is, your, no., lautet: looks through to the word behind it
  kOf,            ///< de, di, du: joins "código de" with what it is a code of
  kOther,
};

WordKind word_kind(std::string_view word);

/// The same for a run of a script that writes no spaces (or, in Korean, adds particles): the last telling word in it,
/// because the number follows; kOther when there is none.
WordKind script_kind(std::string_view run);

}  // namespace apmcp::tools

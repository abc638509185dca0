#pragma once

#include <string>
#include <string_view>

namespace apmcp::numbers {

/// A phone number as somebody wrote it, taken apart before any numbering plan is asked.
struct WrittenNumber {
  enum class Fault { kNone, kEmpty, kTooLong, kLetters, kExtension, kStrayPlus, kStrayCharacter };

  std::string digits;     ///< ASCII digits in order, without the '+'; all digits of the text, also after a fault
  bool has_plus = false;  ///< it begins with '+' (ASCII or full-width), brackets and spaces aside
  Fault fault = Fault::kNone;
};

/// Reads ASCII and full-width digits and the separators people use: spaces, dashes, dots, brackets, a leading "tel:".
/// Pure; never fails, says what is wrong instead. At most 64 bytes are a number.
WrittenNumber read_written_number(std::string_view text);

/// 911 and every other N11 code, 988, 933, 112, 999, 000 and known crisis lines, bare or behind 1 or +1: the lines of
/// the brief that nobody may be called on. `digits` as read above. Asks no library, so that it holds before anything.
bool is_listed_emergency(std::string_view digits);

}  // namespace apmcp::numbers

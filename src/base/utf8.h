#pragma once

#include <cstddef>
#include <string_view>

namespace apmcp {

/// One character of a text. A byte that belongs to no well-formed character (stray, cut, overlong, a surrogate) stands
/// for itself.
struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;  ///< bytes
  bool is_utf8 = true;     ///< false: `value` is a byte and no character
};

/// The character at `at`, which is less than text.size().
CodePoint code_point_at(std::string_view text, std::size_t at);

/// True for a byte that only ever stands behind the first of a character.
bool is_continuation(char byte);

/// What a person does not see but a program reads: the default-ignorable code points of Unicode 15 (zero-width
/// characters, fillers, selectors, tags), direction controls and interlinear annotation.
bool is_invisible(char32_t c);

/// C0, DEL and C1; line feed and tab are among them.
bool is_control(char32_t c);

/// U+2028 and U+2029, which end a line without being control characters.
bool is_line_separator(char32_t c);

/// True when `text` holds printable ASCII, line feeds and tabs only. Reads eight bytes at a time.
bool is_plain_text(std::string_view text);

/// The number of bytes at the beginning of `text` that stand for themselves in a JSON string: printable ASCII without
/// '"' and '\\'.
std::size_t json_plain_prefix(std::string_view text);

}  // namespace apmcp

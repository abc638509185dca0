#include "numbers/written_number.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace apmcp::numbers {
namespace {

constexpr std::size_t kMaxBytes = 64;

// Beside the N11 codes: the lifeline and its test line, emergency numbers elsewhere, the lifeline's former number, and
// the harmonised crisis lines of Europe.
constexpr std::array<std::string_view, 8> kLines{"988", "933", "112", "999", "000", "8002738255", "116123", "116111"};

struct Character {
  std::uint32_t value = 0;
  std::size_t length = 1;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(at);
  if (lead >= 0xE0 && lead < 0xF0 && at + 2 < text.size()) {
    return {((lead & 0x0FU) << 12U) | ((byte(at + 1) & 0x3FU) << 6U) | (byte(at + 2) & 0x3FU), 3};
  }
  if (lead >= 0xC0 && lead < 0xE0 && at + 1 < text.size()) {
    return {((lead & 0x1FU) << 6U) | (byte(at + 1) & 0x3FU), 2};
  }
  return {lead, 1};
}

std::optional<char> digit_of(std::uint32_t c) {
  constexpr std::uint32_t kFullWidthZero = 0xFF10;
  if (c >= '0' && c <= '9') return static_cast<char>(c);
  if (c >= kFullWidthZero && c <= kFullWidthZero + 9) return static_cast<char>('0' + (c - kFullWidthZero));
  return std::nullopt;
}

bool is_plus(std::uint32_t c) {
  return c == '+' || c == 0xFF0B;
}

bool is_letter(std::uint32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xFF21 && c <= 0xFF5A) || (c >= 0xC0 && c < 0x2000);
}

/// Spaces, dashes, dots and brackets, also the typographic and full-width ones.
bool is_separator(std::uint32_t c) {
  constexpr std::u32string_view kSeparators =
      U" \t-.()\u00A0\u2009\u202F\u3000\u2010\u2011\u2012\u2013\u2014\u2015"
      U"\u2212\uFF0D\uFF0E\uFF08\uFF09";
  return kSeparators.find(static_cast<char32_t>(c)) != std::u32string_view::npos;
}

bool marks_extension(std::uint32_t c) {
  return c == '#' || c == ',' || c == ';' || c == 'x' || c == 'X';
}

bool is_extension_word(std::string_view text) {
  return text.size() >= 3 && (text[0] == 'e' || text[0] == 'E') && (text[1] == 'x' || text[1] == 'X') &&
         (text[2] == 't' || text[2] == 'T');
}

void note(WrittenNumber& number, WrittenNumber::Fault fault) {
  if (number.fault == WrittenNumber::Fault::kNone) number.fault = fault;
}

void take(WrittenNumber& number, std::uint32_t c, std::string_view rest) {
  if (const auto digit = digit_of(c)) {
    number.digits.push_back(*digit);
  } else if (is_plus(c)) {
    if (number.has_plus || !number.digits.empty()) note(number, WrittenNumber::Fault::kStrayPlus);
    number.has_plus = true;
  } else if (!number.digits.empty() && (marks_extension(c) || is_extension_word(rest))) {
    note(number, WrittenNumber::Fault::kExtension);
  } else if (is_letter(c)) {
    note(number, WrittenNumber::Fault::kLetters);
  } else if (!is_separator(c)) {
    note(number, WrittenNumber::Fault::kStrayCharacter);
  }
}

}  // namespace

WrittenNumber read_written_number(std::string_view text) {
  WrittenNumber number;
  if (text.size() > kMaxBytes) {
    number.fault = WrittenNumber::Fault::kTooLong;
    return number;
  }
  if (text.starts_with("tel:")) text.remove_prefix(4);
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    take(number, c.value, text.substr(at));
    at += c.length;
  }
  if (number.digits.empty()) note(number, WrittenNumber::Fault::kEmpty);
  return number;
}

bool is_listed_emergency(std::string_view digits) {
  const auto listed = [](std::string_view line) {
    const bool is_n11 = line.size() == 3 && line[0] >= '2' && line[0] <= '9' && line.substr(1) == "11";
    return is_n11 || std::find(kLines.begin(), kLines.end(), line) != kLines.end();
  };
  return listed(digits) || (digits.starts_with('1') && listed(digits.substr(1)));
}

}  // namespace apmcp::numbers

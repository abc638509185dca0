#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace apmcp {
namespace {

struct CodePointRange {
  char32_t first, last;
};

constexpr std::array<CodePointRange, 17> kInvisible{{
    {0xAD, 0xAD},        // soft hyphen
    {0x34F, 0x34F},      // combining grapheme joiner
    {0x61C, 0x61C},      // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x17B4, 0x17B5},    // Khmer inherent vowels
    {0x180B, 0x180F},    // Mongolian selectors and vowel separator
    {0x200B, 0x200F},    // zero-width space and joiners, left-to-right and right-to-left marks
    {0x202A, 0x202E},    // bidirectional embeddings and overrides
    {0x2060, 0x206F},    // word joiner, invisible operators, bidirectional isolates
    {0x3164, 0x3164},    // Hangul filler
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFA0, 0xFFA0},    // half-width Hangul filler
    {0xFFF0, 0xFFFB},    // unassigned and interlinear annotation
    {0x1BCA0, 0x1BCA3},  // shorthand format controls
    {0x1D173, 0x1D17A},  // musical format controls
    {0xE0000, 0xE0FFF},  // tags and supplementary variation selectors
}};

/// How long the character is that begins with `lead`; 0 when none does.
std::size_t length_from(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

std::uint64_t load_word(std::string_view text) {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data(), kWord);
  return word;
}

/// True when a byte of `word` is zero.
bool has_zero(std::uint64_t word) {
  return ((word - kOnes) & ~word & kHighs) != 0;
}

bool has_byte(std::uint64_t word, char byte) {
  return has_zero(word ^ (kOnes * static_cast<unsigned char>(byte)));
}

/// True when all eight bytes are 0x20 to 0x7E.
bool is_printable(std::uint64_t word) {
  constexpr std::uint64_t kSpaces = kOnes * 0x20;
  const bool is_below_space = ((word - kSpaces) & ~word & kHighs) != 0;
  return (word & kHighs) == 0 && !is_below_space && !has_byte(word, 0x7F);
}

bool is_printable_ascii(char c) {
  return c >= 0x20 && c < 0x7F;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const CodePoint itself{.value = lead, .length = 1, .is_utf8 = lead < 0x80};
  const std::size_t length = length_from(lead);
  if (length < 2 || at + length > text.size()) return itself;
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[at + i])) return itself;
    value = (value << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[length] || value > 0x10FFFF || is_surrogate) return itself;
  return {.value = value, .length = length};
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

bool is_invisible(char32_t c) {
  return c >= kInvisible.front().first &&
         std::any_of(kInvisible.begin(), kInvisible.end(),
                     [c](const CodePointRange& range) { return c >= range.first && c <= range.last; });
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

bool is_line_separator(char32_t c) {
  return c == 0x2028 || c == 0x2029;
}

bool is_plain_text(std::string_view text) {
  const auto is_allowed = [](char c) { return is_printable_ascii(c) || c == '\n' || c == '\t'; };
  while (text.size() >= kWord) {
    const std::string_view head = text.substr(0, kWord);
    if (!is_printable(load_word(head)) && !std::all_of(head.begin(), head.end(), is_allowed)) return false;
    text.remove_prefix(kWord);
  }
  return std::all_of(text.begin(), text.end(), is_allowed);
}

std::size_t json_plain_prefix(std::string_view text) {
  std::size_t at = 0;
  while (text.size() - at >= kWord) {
    const std::uint64_t word = load_word(text.substr(at));
    if (!is_printable(word) || has_byte(word, '"') || has_byte(word, '\\')) break;
    at += kWord;
  }
  while (at < text.size() && is_printable_ascii(text[at]) && text[at] != '"' && text[at] != '\\') ++at;
  return at;
}

}  // namespace apmcp

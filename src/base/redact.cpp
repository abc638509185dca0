#include "base/redact.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

namespace apmcp {
namespace {

constexpr std::array<std::string_view, 3> kPrefixes{"sk_live_", "sk_test_", "whsec_"};
constexpr std::span<const std::string_view> kKeyPrefixes = std::span(kPrefixes).first(2);
constexpr std::size_t kLeastTail = 8;

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

struct Span {
  std::size_t begin;
  std::size_t end;
};

/// The first key-shaped run at or after `from`; begin == end when there is none.
Span find_secret(std::string_view text, std::size_t from, std::span<const std::string_view> prefixes = kPrefixes) {
  Span best{text.size(), text.size()};
  for (const std::string_view prefix : prefixes) {
    for (std::size_t at = text.find(prefix, from); at < best.begin; at = text.find(prefix, at + 1)) {
      std::size_t end = at + prefix.size();
      while (end < text.size() && is_key_char(text[end])) ++end;
      if (end - at >= prefix.size() + kLeastTail) best = {at, end};
    }
  }
  return best;
}

/// One code point of UTF-8 and its length; a byte that is not UTF-8 counts as itself.
struct CodePoint {
  std::uint32_t value;
  std::size_t length;
};

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(at);
  std::size_t length = 1;
  if (lead >= 0xF0) {
    length = 4;
  } else if (lead >= 0xE0) {
    length = 3;
  } else if (lead >= 0xC0) {
    length = 2;
  }
  if (length == 1 || at + length > text.size()) return {lead, 1};
  std::uint32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) value = (value << 6U) | (byte(at + i) & 0x3FU);
  return {value, length};
}

struct Range {
  std::uint32_t first, last;
};

/// What a person does not see: default-ignorable code points and direction controls of Unicode 15.
constexpr std::array<Range, 16> kInvisible{{{0xAD, 0xAD},
                                            {0x34F, 0x34F},
                                            {0x61C, 0x61C},
                                            {0x115F, 0x1160},
                                            {0x17B4, 0x17B5},
                                            {0x180B, 0x180F},
                                            {0x200B, 0x200F},
                                            {0x202A, 0x202E},
                                            {0x2060, 0x206F},
                                            {0x3164, 0x3164},
                                            {0xFE00, 0xFE0F},
                                            {0xFEFF, 0xFEFF},
                                            {0xFFA0, 0xFFA0},
                                            {0xFFF0, 0xFFFB},
                                            {0x1D173, 0x1D17A},
                                            {0xE0000, 0xE0FFF}}};

bool is_invisible(std::uint32_t c) {
  return std::any_of(kInvisible.begin(), kInvisible.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

bool is_white(std::uint32_t c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xA0;
}

/// `text` without invisible characters, line ends and, if asked, white space; with where each kept byte came from.
struct Folded {
  std::string text;
  std::vector<std::size_t> origin;
};

Folded fold(std::string_view text, bool drop_white) {
  Folded folded;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    const bool is_line_end = c.value == '\r' || c.value == '\n';
    if (!is_invisible(c.value) && !is_line_end && !(drop_white && is_white(c.value))) {
      for (std::size_t i = 0; i < c.length; ++i) {
        folded.text.push_back(text[at + i]);
        folded.origin.push_back(at + i);
      }
    }
    at += c.length;
  }
  return folded;
}

/// A key written with gaps. Only gaps inside the prefix count: "keys start with sk_live_ and then ..." is plain prose.
bool holds_spaced_secret(std::string_view text) {
  const Folded folded = fold(text, true);
  for (Span s = find_secret(folded.text, 0); s.begin != s.end; s = find_secret(folded.text, s.begin + 1)) {
    if (folded.origin[s.begin + 5] - folded.origin[s.begin] != 5) return true;
  }
  return false;
}

std::string scrub(std::string text, std::span<const std::string_view> prefixes) {
  constexpr std::string_view kMark = "[redacted]";
  for (Span s = find_secret(text, 0, prefixes); s.begin != s.end;
       s = find_secret(text, s.begin + kMark.size(), prefixes)) {
    text.replace(s.begin, s.end - s.begin, kMark);
  }
  return text;
}

bool needs_escape(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || is_invisible(c);
}

}  // namespace

bool holds_secret(std::string_view text) {
  const std::string visible = fold(text, false).text;
  const Span found = find_secret(visible, 0);
  return found.begin != found.end || holds_spaced_secret(text);
}

std::string scrub_secrets(std::string text) {
  return scrub(std::move(text), kPrefixes);
}

std::string scrub_keys(std::string text) {
  return scrub(std::move(text), kKeyPrefixes);
}

std::string mask_number(std::string_view number) {
  constexpr std::size_t kHead = 2;
  constexpr std::size_t kTail = 4;
  if (number.size() <= kHead + kTail) return "***";
  std::string masked(number);
  for (std::size_t i = kHead; i < number.size() - kTail; ++i) masked[i] = '*';
  return masked;
}

std::string mask_code(std::string_view code) {
  return std::string(code.size(), '*');
}

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    if (needs_escape(c.value)) {
      std::array<char, 12> escaped{};
      static_cast<void>(std::snprintf(escaped.data(), escaped.size(), "\\u%04x", c.value));
      out += escaped.data();
    } else {
      out.append(text, at, c.length);
    }
    at += c.length;
  }
  return out;
}

}  // namespace apmcp

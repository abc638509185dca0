#include "base/redact.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

#include "base/utf8.h"

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

bool is_white(char32_t c) {
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

bool needs_escape(char32_t c) {
  return is_control(c) || is_line_separator(c) || is_invisible(c);
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
      static_cast<void>(std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c.value)));
      out += escaped.data();
    } else {
      out.append(text, at, c.length);
    }
    at += c.length;
  }
  return out;
}

}  // namespace apmcp

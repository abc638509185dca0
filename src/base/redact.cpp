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
/// A tail in pieces behind an intact prefix counts from this length on.
constexpr std::size_t kLeastSplitTail = 16;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-';
}

/// The prefix whose first underscore stands at `bar`, entirely at or after `from`; empty when there is none.
std::string_view prefix_around(std::string_view text, std::size_t bar, std::size_t from,
                               std::span<const std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    const std::size_t before = prefix.find('_');
    if (bar >= from + before && text.substr(bar - before).starts_with(prefix)) return prefix;
  }
  return {};
}

bool is_white(char32_t c) {
  return c == ' ' || c == '\t' || c == 0xA0;
}

/// What was dropped in front of a kept byte.
enum class Gap : char { kNone, kHidden, kWhite };

/// `text` without white space, line ends and invisible characters.
struct Folded {
  std::string text;
  std::vector<Gap> gaps;  ///< one for each byte of `text`
};

Folded fold(std::string_view text) {
  Folded folded;
  folded.text.reserve(text.size());
  folded.gaps.reserve(text.size());
  Gap gap = Gap::kNone;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    if (is_white(c.value)) {
      gap = Gap::kWhite;
    } else if (is_invisible(c.value) || c.value == '\r' || c.value == '\n') {
      gap = std::max(gap, Gap::kHidden);
    } else {
      folded.text.append(text, at, c.length);
      folded.gaps.push_back(std::exchange(gap, Gap::kNone));
      folded.gaps.insert(folded.gaps.end(), c.length - 1, Gap::kNone);
    }
    at += c.length;
  }
  return folded;
}

/// A key whose prefix is intact and whose tail has gaps, "sk_live_ab12 cd34 ef56 gh78". A piece counts when it has a
/// digit or is a single character: words do not, so "sk_live_ and then 24 characters" is prose.
bool has_split_tail(const Folded& folded, std::size_t tail) {
  std::size_t at = tail;
  while (at < folded.text.size() && at - tail < kLeastSplitTail) {
    const std::size_t begin = at;
    bool has_digit = false;
    do {
      if (!is_key_char(folded.text[at])) break;
      has_digit = has_digit || is_digit(folded.text[at]);
      ++at;
    } while (at < folded.text.size() && folded.gaps[at] != Gap::kWhite && at - tail < kLeastSplitTail);
    const bool is_joined_to_prefix = begin == tail && folded.gaps[begin] != Gap::kWhite;
    if (at == begin || (!has_digit && at - begin > 1 && !is_joined_to_prefix)) return false;
  }
  return at - tail >= kLeastSplitTail;
}

/// True when a key begins at `begin` of the folded text. Looks at kLeastSplitTail bytes beyond the prefix at most.
bool is_secret_at(const Folded& folded, std::size_t begin, std::size_t prefix_size) {
  const std::size_t tail = begin + prefix_size;
  if (folded.text.size() < tail + kLeastTail) return false;
  const auto gaps = std::span(folded.gaps);
  const auto has = [](std::span<const Gap> range, Gap least) {
    return std::any_of(range.begin(), range.end(), [least](Gap gap) { return gap >= least; });
  };
  const bool is_key_shaped =
      std::all_of(folded.text.begin() + static_cast<std::ptrdiff_t>(tail),
                  folded.text.begin() + static_cast<std::ptrdiff_t>(tail + kLeastTail), is_key_char);
  const bool is_prefix_split = has(gaps.subspan(begin + 1, prefix_size - 1), Gap::kHidden);
  if (is_key_shaped && (is_prefix_split || !has(gaps.subspan(tail, kLeastTail), Gap::kWhite))) return true;
  return has_split_tail(folded, tail);
}

std::string scrub(std::string text, std::span<const std::string_view> prefixes) {
  std::string out;
  std::size_t copied = 0;
  for (std::size_t bar = text.find('_'); bar != std::string::npos; bar = text.find('_', bar + 1)) {
    const std::string_view prefix = prefix_around(text, bar, copied, prefixes);
    if (prefix.empty()) continue;
    const std::size_t begin = bar - prefix.find('_');
    const std::size_t tail = begin + prefix.size();
    std::size_t end = tail;
    while (end < text.size() && is_key_char(text[end])) ++end;
    if (end - tail < kLeastTail) continue;
    out.append(text, copied, begin - copied).append("[redacted]");
    copied = end;
    bar = end - 1;
  }
  if (copied == 0) return text;
  return out.append(text, copied);
}

bool needs_escape(char32_t c) {
  return is_control(c) || is_line_separator(c) || is_invisible(c);
}

}  // namespace

bool holds_secret(std::string_view text) {
  if (text.find('_') == std::string_view::npos) return false;
  const Folded folded = fold(text);
  for (std::size_t bar = folded.text.find('_'); bar != std::string::npos; bar = folded.text.find('_', bar + 1)) {
    const std::string_view prefix = prefix_around(folded.text, bar, 0, kPrefixes);
    if (!prefix.empty() && is_secret_at(folded, bar - prefix.find('_'), prefix.size())) return true;
  }
  return false;
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

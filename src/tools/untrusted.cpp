#include "tools/untrusted.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/redact.h"

namespace apmcp::tools {
namespace {

struct Range {
  char32_t first, last;
};

// Unicode 15: Cc but LF and TAB, the format characters that renderers do not show, tags and variation selectors.
constexpr std::array<Range, 17> kInvisible{{
    {0x00, 0x08},
    {0x0B, 0x1F},
    {0x7F, 0x9F},
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
    {0xFFF0, 0xFFFB},    // unassigned and interlinear annotation
    {0xE0000, 0xE0FFF},  // tags and supplementary variation selectors
}};

bool is_invisible(char32_t point) {
  return std::any_of(kInvisible.begin(), kInvisible.end(),
                     [point](const Range& range) { return point >= range.first && point <= range.last; });
}

constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
  char32_t point = kReplacement;
  std::size_t length = 1;
};

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// The code point at the front of a non-empty `text`; one byte of U+FFFD when it is broken, overlong or a surrogate.
Decoded decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  std::size_t length = 0;
  char32_t least = 0;
  char32_t point = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2, least = 0x80, point = lead & 0x1FU;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3, least = 0x800, point = lead & 0x0FU;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4, least = 0x10000, point = lead & 0x07U;
  }
  if (length == 0 || text.size() < length) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return {};
    point = (point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return {};
  return {point, length};
}

bool is_plain(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return (value >= 0x20 && value < 0x7F) || byte == '\n' || byte == '\t';
}

}  // namespace

std::string visible_text(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = decode(text);
    const std::string_view bytes = text.substr(0, next.length);
    text.remove_prefix(next.length);
    if (next.point == '\r') {
      if (!text.starts_with('\n')) out += '\n';
    } else if (next.point == 0x2028 || next.point == 0x2029) {
      out += '\n';
    } else if (next.point == kReplacement) {
      out += "\xEF\xBF\xBD";
    } else if (!is_invisible(next.point)) {
      out += bytes;
    }
  }
  return out;
}

UntrustedText untrusted_text(std::string_view text) {
  UntrustedText out{.text = scrub_secrets(visible_text(text))};
  if (out.text.size() <= kMaxUntrustedBytes) return out;
  std::size_t end = kMaxUntrustedBytes;
  while (end > 0 && is_continuation(out.text[end])) --end;
  out.text.resize(end);
  out.was_cut = true;
  return out;
}

std::string quote_line(std::string_view who, const UntrustedText& said) {
  std::string line = std::string(who) + ": ";
  for (const char byte : said.text) {
    line += byte;
    if (byte == '\n') line += "    ";
  }
  if (said.was_cut) line += " [cut: only the first 4 KB are shown]";
  return line;
}

void clean_strings(Json& value, bool keep_secrets) {
  if (value.is_structured()) {
    for (Json& member : value) clean_strings(member, keep_secrets);
  } else if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    text = visible_text(text);
    if (!keep_secrets) text = scrub_secrets(std::move(text));
  }
}

void clean_texts(Error& error) {
  for (std::string* text : {&error.message, &error.next_step}) {
    Json value = std::move(*text);
    clean_strings(value, false);
    *text = value.get<std::string>();
  }
  clean_strings(error.data, false);
}

}  // namespace apmcp::tools

#include "tools/untrusted.h"

#include <algorithm>

#include "base/redact.h"
#include "base/utf8.h"

namespace apmcp::tools {
namespace {

bool is_plain(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return (value >= 0x20 && value < 0x7F) || byte == '\n' || byte == '\t';
}

bool is_shown(char32_t c) {
  return c == '\n' || c == '\t' || (!is_control(c) && !is_invisible(c));
}

}  // namespace

std::string visible_text(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint next = code_point_at(text, 0);
    const std::string_view bytes = text.substr(0, next.length);
    text.remove_prefix(next.length);
    if (next.value == '\r') {
      if (!text.starts_with('\n')) out += '\n';
    } else if (is_line_separator(next.value)) {
      out += '\n';
    } else if (!next.is_utf8) {
      out += "\xEF\xBF\xBD";
    } else if (is_shown(next.value)) {
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

#include "tools/untrusted.h"

#include <algorithm>

#include "base/redact.h"
#include "base/utf8.h"

namespace apmcp::tools {
namespace {

bool is_shown(char32_t c) {
  return c == '\n' || c == '\t' || (!is_control(c) && !is_invisible(c));
}

}  // namespace

std::string visible_text(std::string_view text) {
  if (is_plain_text(text)) return std::string(text);
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
  std::string line;
  line.reserve(who.size() + said.text.size() + 2);
  line.append(who).append(": ");
  std::string_view rest = said.text;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    line.append(rest.substr(0, end + 1)).append("    ");
    rest.remove_prefix(end + 1);
  }
  line += rest;
  if (said.was_cut) line += " [cut: only the first 4 KB are shown]";
  return line;
}

void clean_text(std::string& text, bool keep_secrets) {
  if (!is_plain_text(text)) text = visible_text(text);
  if (!keep_secrets && text.find('_') != std::string::npos) text = scrub_secrets(std::move(text));
}

void clean_strings(Json& value, bool keep_secrets) {
  if (value.is_structured()) {
    for (Json& member : value) clean_strings(member, keep_secrets);
  } else if (value.is_string()) {
    clean_text(value.get_ref<std::string&>(), keep_secrets);
  }
}

void clean_texts(Error& error) {
  clean_text(error.message, false);
  clean_text(error.next_step, false);
  clean_strings(error.data, false);
}

}  // namespace apmcp::tools

#include <string>

#include "base/json_parse.h"
#include "base/utf8.h"

// dump_json(). The library's serializer decides about every byte on its own, which was a third of a call; here whole
// runs of plain text are appended. Everything unusual still goes through the library, so the texts are the same.
namespace apmcp {
namespace {

std::string dump_by_library(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The escape of a character that has a short one, without the backslash; '\0' for any other.
char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\': return c;
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return '\0';
  }
}

/// Appends `text` without its quotes. False when it holds what the library has to write: other control characters, and
/// bytes that are not UTF-8.
bool append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t plain = json_plain_prefix(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    std::size_t length = 1;
    if (const char escape = short_escape(text.front()); escape != '\0') {
      out += '\\';
      out += escape;
    } else {
      const CodePoint c = code_point_at(text, 0);
      if (!c.is_utf8 || is_control(c.value)) return false;
      length = c.length;
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return true;
}

void append_string(std::string& out, const std::string& text) {
  const std::size_t before = out.size();
  out += '"';
  if (append_escaped(out, text)) {
    out += '"';
  } else {
    out.replace(before, std::string::npos, dump_by_library(text));
  }
}

// NOLINTNEXTLINE(misc-no-recursion): values were parsed with a depth limit, or made here
void append_value(std::string& out, const Json& value) {
  if (value.is_string()) {
    append_string(out, value.get_ref<const std::string&>());
  } else if (value.is_object()) {
    char before = '{';
    for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
      out += before;
      append_string(out, key);
      out += ':';
      append_value(out, member);
      before = ',';
    }
    out += value.empty() ? "{}" : "}";
  } else if (value.is_array()) {
    char before = '[';
    for (const Json& item : value) {
      out += before;
      append_value(out, item);
      before = ',';
    }
    out += value.empty() ? "[]" : "]";
  } else {
    out += dump_by_library(value);
  }
}

}  // namespace

std::string dump_json(const Json& value) {
  std::string out;
  append_value(out, value);
  return out;
}

}  // namespace apmcp

#include "agentphone/error_body.h"

#include <array>
#include <utility>

#include "base/json_parse.h"
#include "base/json_reader.h"
#include "base/redact.h"
#include "base/utf8.h"

namespace apmcp::agentphone {
namespace {

constexpr std::size_t kPlainTextBytes = 200;
constexpr std::size_t kFieldMessageBytes = 120;
constexpr std::size_t kMaxFields = 10;
constexpr std::size_t kMaxCodeBytes = 64;
// A page longer than this is never an error text; reading only its beginning bounds the work.
constexpr std::size_t kMaxRawBytes = std::size_t{64} * 1024;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

char lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (lower(text[i]) != prefix[i]) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\n\f\v";
  const std::size_t begin = text.find_first_not_of(kWhite);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhite) - begin + 1);
}

/// A proxy's error page: nothing in it is meant for a caller.
bool is_markup_page(std::string_view text) {
  const std::string_view head = trim(text.substr(0, 1024));
  return starts_with_ignoring_case(head, "<!doctype") || starts_with_ignoring_case(head, "<html") ||
         starts_with_ignoring_case(head, "<head") || starts_with_ignoring_case(head, "<?xml");
}

/// Tags and comments become a space. A '<' that opens no tag ("a < b") stays.
std::string without_tags(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool opens = text[at] == '<' && at + 1 < text.size() &&
                       (is_letter(text[at + 1]) || text[at + 1] == '/' || text[at + 1] == '!' || text[at + 1] == '?');
    if (!opens) {
      out.push_back(text[at]);
      continue;
    }
    out.push_back(' ');
    at = text.find('>', at);
    if (at == std::string_view::npos) break;
  }
  return out;
}

bool is_space_or_control(char32_t c) {
  return c == ' ' || c == 0xA0 || is_control(c) || is_line_separator(c);
}

/// Visible characters on one line with single spaces.
std::string on_one_line(std::string_view text) {
  std::string out;
  bool gap = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    if (!c.is_utf8 || is_space_or_control(c.value)) {
      gap = true;
    } else if (!is_invisible(c.value)) {
      if (gap && !out.empty()) out.push_back(' ');
      gap = false;
      out.append(text, at, c.length);
    }
    at += c.length;
  }
  return out;
}

void cut(std::string& text, std::size_t max_bytes) {
  constexpr std::string_view kDots = "...";
  if (text.size() <= max_bytes) return;
  std::size_t end = max_bytes - kDots.size();
  while (end > 0 && is_continuation(text[end])) --end;
  text.resize(end);
  text += kDots;
}

std::string clean_code(std::string_view code) {
  std::string out;
  for (const char c : code.substr(0, kMaxCodeBytes)) {
    const bool allowed = is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!allowed) return {};
    out.push_back(c);
  }
  return holds_secret(out) ? std::string() : out;
}

void add_field(ErrorBody& body, std::string field, const std::optional<std::string>& message) {
  if (body.fields.size() >= kMaxFields) return;
  body.fields.push_back({std::move(field), clean_text(message.value_or("is not valid"), kFieldMessageBytes)});
}

/// ["body", "customTools", 0, "name"] as "custom_tools[0].name".
std::string path_from_loc(const Json& loc) {
  std::string path;
  std::size_t index = 0;
  for (const Json& part : loc) {
    const bool is_first = index++ == 0;
    if (part.is_number_integer()) {
      path += "[" + std::to_string(part.get<std::int64_t>()) + "]";
    } else if (part.is_string()) {
      const auto& name = part.get_ref<const std::string&>();
      if (is_first && (name == "body" || name == "query" || name == "path" || name == "header")) continue;
      if (!path.empty()) path += '.';
      path += argument_name(name);
    }
  }
  return clean_text(path, kFieldMessageBytes);
}

void read_detail_array(const Json& detail, ErrorBody& body) {
  for (const Json& item : detail) {
    JsonReader in(item, "detail");
    if (!item.is_object()) continue;
    const Json* loc = in.array("loc");
    add_field(body, loc == nullptr ? std::string() : path_from_loc(*loc), in.opt_str("msg"));
  }
}

void read_coded_error(const Json& error, ErrorBody& body) {
  JsonReader in(error, "error");
  body.text = clean_text(in.opt_str("message").value_or(std::string()));
  body.code = clean_code(in.opt_str("code").value_or(std::string()));
  if (const Json* details = in.array("details")) {
    for (const Json& item : *details) {
      JsonReader row(item, "details");
      if (!item.is_object()) continue;
      const std::string field = row.opt_str("field").value_or(std::string());
      add_field(body, clean_text(argument_name(field), kFieldMessageBytes), row.opt_str("message"));
    }
  }
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t max_bytes) {
  const std::string_view bounded = text.substr(0, kMaxRawBytes);
  if (is_markup_page(bounded)) return {};
  // Keys go after the invisible characters, which could have split one, and before the cut, which could shorten one
  // until it no longer looks like a key.
  std::string clean = scrub_secrets(on_one_line(without_tags(bounded)));
  if (holds_secret(clean)) return "[redacted]";
  cut(clean, max_bytes);
  return clean;
}

std::string argument_name(std::string_view wire_name) {
  std::string name;
  for (std::size_t i = 0; i < wire_name.size(); ++i) {
    const char c = wire_name[i];
    if (is_upper(c) && i > 0 && wire_name[i - 1] != '_') name.push_back('_');
    name.push_back(lower(c));
  }
  // "from_" is the one wire name that ends in an underscore.
  while (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

ErrorBody read_error_body(const http::HttpResponse& response) {
  ErrorBody body;
  const auto parsed = parse_json(response.body, upstream_json_limits());
  if (!parsed || !(parsed->is_object() || parsed->is_string())) {
    // A broken or odd JSON text is nothing a model should read.
    const std::string_view text = trim(response.body);
    const bool looks_like_json = !text.empty() && (text.front() == '{' || text.front() == '[');
    if (!parsed && !looks_like_json) body.text = clean_text(text, kPlainTextBytes);
    return body;
  }
  if (parsed->is_string()) {
    body.text = clean_text(parsed->get_ref<const std::string&>());
    return body;
  }
  JsonReader in(*parsed, "error");
  if (const Json* error = in.object("error")) {
    read_coded_error(*error, body);
  } else if (const auto text = in.opt_str("error")) {
    body.text = clean_text(*text);
  } else if (const Json* detail = in.array("detail")) {
    read_detail_array(*detail, body);
  } else if (const auto detail_text = in.opt_str("detail")) {
    body.text = clean_text(*detail_text);
  } else if (const auto message = in.opt_str("message")) {
    body.text = clean_text(*message);
  }
  return body;
}

}  // namespace apmcp::agentphone

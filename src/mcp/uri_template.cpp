#include "mcp/uri_template.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace apmcp::mcp {
namespace {

constexpr std::string_view kEndOfSegment = "/?#";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

[[noreturn]] void refuse(std::string_view text, const char* why) {
  throw std::invalid_argument("URI template " + std::string(text) + ": " + why);
}

/// RFC 3986, section 2.1. Absent when a "%" is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    if (text.front() != '%') {
      decoded += text.front();
      text.remove_prefix(1);
      continue;
    }
    if (text.size() < 3) return std::nullopt;
    unsigned int byte = 0;
    const char* const end = text.data() + 3;
    if (std::from_chars(text.data() + 1, end, byte, 16).ptr != end) return std::nullopt;
    decoded += static_cast<char>(byte);
    text.remove_prefix(3);
  }
  return decoded;
}

/// How many characters of `rest` a variable takes that is followed by `literal`, or by the end when that is empty. The
/// first occurrence leaves most to the variables after it, so there is nothing to try again.
std::optional<std::size_t> length_of_value(std::string_view rest, std::string_view literal, bool is_last) {
  std::size_t length = std::string_view::npos;
  if (!is_last) {
    length = rest.find(literal, 1);
  } else if (rest.ends_with(literal)) {
    length = rest.size() - literal.size();
  }
  const bool fits = length != std::string_view::npos && length > 0 && rest.find_first_of(kEndOfSegment) >= length;
  return fits ? std::optional(length) : std::nullopt;
}

}  // namespace

UriTemplate::UriTemplate(std::string_view text) {
  std::string_view rest = text;
  const auto take_literal = [&] {
    const std::string_view literal = rest.substr(0, rest.find('{'));
    if (literal.find('}') != std::string_view::npos) refuse(text, "a } without its {");
    rest.remove_prefix(literal.size());
    return std::string(literal);
  };
  prefix_ = take_literal();
  while (!rest.empty()) {
    const auto close = rest.find('}');
    if (close == std::string_view::npos) refuse(text, "a { without its }");
    std::string name(rest.substr(1, close - 1));
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_character)) refuse(text, "not of level 1");
    if (has_variable(name)) refuse(text, "a name occurs twice");
    rest.remove_prefix(close + 1);
    parts_.push_back({.name = std::move(name), .literal = take_literal()});
    if (!rest.empty() && parts_.back().literal.empty()) refuse(text, "nothing between two variables");
  }
}

std::optional<NamedValues> UriTemplate::match(std::string_view uri) const {
  if (!uri.starts_with(prefix_)) return std::nullopt;
  uri.remove_prefix(prefix_.size());
  NamedValues values;
  for (const Part& part : parts_) {
    const auto length = length_of_value(uri, part.literal, &part == &parts_.back());
    if (!length) return std::nullopt;
    auto value = percent_decode(uri.substr(0, *length));
    if (!value) return std::nullopt;
    values.emplace(part.name, *std::move(value));
    uri.remove_prefix(*length + part.literal.size());
  }
  if (!uri.empty()) return std::nullopt;
  return values;
}

bool UriTemplate::has_variable(std::string_view name) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) { return part.name == name; });
}

}  // namespace apmcp::mcp

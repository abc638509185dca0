#include "sandbox/validation.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sandbox/time_text.h"

namespace apmcp::sandbox {
namespace {

struct KindWords {
  std::string_view type, message;
};

/// Words of the service for a value of the wrong type, by FieldKind.
constexpr KindWords kKindWords[] = {
    {"string_type", "Input should be a valid string"},   {"int_type", "Input should be a valid integer"},
    {"float_type", "Input should be a valid number"},    {"bool_type", "Input should be a valid boolean"},
    {"dict_type", "Input should be a valid dictionary"}, {"list_type", "Input should be a valid list"},
};

const KindWords& words_of(FieldKind kind) {
  return kKindWords[static_cast<std::size_t>(kind)];
}

bool has_kind(const Json& value, FieldKind kind) {
  switch (kind) {
    case FieldKind::kString: return value.is_string();
    case FieldKind::kInteger: return value.is_number_integer();
    case FieldKind::kNumber: return value.is_number();
    case FieldKind::kBoolean: return value.is_boolean();
    case FieldKind::kObject: return value.is_object();
    case FieldKind::kArray: return value.is_array();
  }
  return false;
}

std::string number_text(double value) {
  if (value == std::floor(value)) return std::to_string(static_cast<long long>(value));
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

/// Unicode characters, not bytes: the continuation bytes of UTF-8 do not count.
double characters(const std::string& text) {
  return static_cast<double>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// One walk over a request. Collects mistakes; `path` is where it stands.
class Checker {
 public:
  explicit Checker(std::string root) : path_{std::move(root)} {}

  void object(const Json& value, std::span<const FieldRule> rules) {
    for (const FieldRule& rule : rules) {
      path_.emplace_back(rule.name);
      member(value, rule);
      path_.pop_back();
    }
  }

  void query_value(const Query& query, const FieldRule& rule) {
    path_.emplace_back(rule.name);
    const auto found = query.find(rule.name);
    if (found == query.end()) {
      if (rule.required) add("Field required", "missing");
    } else {
      query_text_value(found->second, rule);
    }
    path_.pop_back();
  }

  void add(std::string message, std::string type) { errors_.push_back({path_, std::move(message), std::move(type)}); }

  std::vector<FieldError> take() { return std::move(errors_); }

 private:
  void member(const Json& body, const FieldRule& rule) {
    const auto found = body.find(std::string(rule.name));
    if (found == body.end()) {
      if (rule.required) add("Field required", "missing");
      return;
    }
    if (found->is_null() && rule.nullable && !rule.required) return;
    if (!has_kind(*found, rule.kind)) {
      add(std::string(words_of(rule.kind).message), std::string(words_of(rule.kind).type));
      return;
    }
    if (rule.kind == FieldKind::kString) string(*found->get_ptr<const Json::string_t*>(), rule);
    if (rule.kind == FieldKind::kInteger || rule.kind == FieldKind::kNumber) range(found->get<double>(), rule);
    if (rule.kind == FieldKind::kArray) array(*found, rule);
  }

  void string(const std::string& text, const FieldRule& rule) {
    const double length = characters(text);
    if (rule.min && length < *rule.min) {
      add("String should have at least " + number_text(*rule.min) + " characters", "string_too_short");
    } else if (rule.max && length > *rule.max) {
      add("String should have at most " + number_text(*rule.max) + " characters", "string_too_long");
    } else if (!rule.options.empty() &&
               std::find(rule.options.begin(), rule.options.end(), text) == rule.options.end()) {
      add("Input should be " + listed(rule.options), "enum");
    } else if (rule.fits != nullptr && !rule.fits(text)) {
      add("String should match pattern '" + std::string(rule.pattern) + "'", "string_pattern_mismatch");
    }
  }

  void range(double value, const FieldRule& rule) {
    if (rule.min && value < *rule.min) {
      add("Input should be greater than or equal to " + number_text(*rule.min), "greater_than_equal");
    } else if (rule.max && value > *rule.max) {
      add("Input should be less than or equal to " + number_text(*rule.max), "less_than_equal");
    }
  }

  void array(const Json& value, const FieldRule& rule) {
    const auto length = static_cast<double>(value.size());
    if (rule.min && length < *rule.min) {
      add("List should have at least " + number_text(*rule.min) + " items", "too_short");
    } else if (rule.max && length > *rule.max) {
      add("List should have at most " + number_text(*rule.max) + " items", "too_long");
    }
    if (rule.items.empty()) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      path_.push_back(std::to_string(i));
      if (value[i].is_object()) {
        object(value[i], rule.items);
      } else {
        add("Input should be a valid dictionary", "dict_type");
      }
      path_.pop_back();
    }
  }

  void query_text_value(const std::string& text, const FieldRule& rule) {
    if (rule.kind == FieldKind::kString) return string(text, rule);
    if (rule.kind == FieldKind::kBoolean) {
      if (text != "true" && text != "false" && text != "1" && text != "0") {
        add("Input should be a valid boolean, unable to interpret input", "bool_parsing");
      }
      return;
    }
    int number = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end) {
      return add("Input should be a valid integer, unable to parse string as an integer", "int_parsing");
    }
    range(number, rule);
  }

  static std::string listed(std::span<const std::string_view> options) {
    std::string text;
    for (std::size_t i = 0; i < options.size(); ++i) {
      if (i > 0) text += i + 1 == options.size() ? " or " : ", ";
      text.append("'").append(options[i]).append("'");
    }
    return text;
  }

  std::vector<std::string> path_;
  std::vector<FieldError> errors_;
};

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::vector<FieldError> check_body(const Json& body, std::span<const FieldRule> rules) {
  Checker checker("body");
  if (body.is_object()) {
    checker.object(body, rules);
  } else {
    checker.add("Input should be a valid dictionary or object to extract fields from", "model_attributes_type");
  }
  return checker.take();
}

std::vector<FieldError> check_query(const Query& query, std::span<const FieldRule> rules) {
  Checker checker("query");
  for (const FieldRule& rule : rules) checker.query_value(query, rule);
  return checker.take();
}

std::size_t query_size(const Query& query, std::string_view name, std::size_t fallback) {
  const auto found = query.find(name);
  std::size_t value = fallback;
  if (found != query.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  }
  return value;
}

std::string query_text(const Query& query, std::string_view name) {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

std::optional<std::string> text_of(const Json& body, std::string_view name) {
  const auto found = body.find(std::string(name));
  if (found == body.end() || !found->is_string()) return std::nullopt;
  return *found->get_ptr<const Json::string_t*>();
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_e164(std::string_view text) {
  return text.size() >= 3 && text.size() <= 16 && text[0] == '+' && text[1] != '0' && all_digits(text.substr(1));
}

bool is_e164_or_empty(std::string_view text) {
  return text.empty() || is_e164(text);
}

bool is_plus_one_or_empty(std::string_view text) {
  return text.empty() || (text.size() == 12 && text.substr(0, 2) == "+1" && all_digits(text.substr(1)));
}

bool is_three_digits(std::string_view text) {
  return text.size() == 3 && all_digits(text);
}

bool is_six_digits(std::string_view text) {
  return text.size() == 6 && all_digits(text);
}

bool is_http_url(std::string_view text) {
  const std::string_view rest = text.substr(0, 8) == "https://"  ? text.substr(8)
                                : text.substr(0, 7) == "http://" ? text.substr(7)
                                                                 : std::string_view();
  return !rest.empty() && rest[0] != '/' && text.find_first_of(" \t\r\n") == std::string_view::npos;
}

bool is_tool_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-';
  });
}

bool is_mailbox(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || text.find('@', at + 1) != std::string_view::npos) return false;
  const std::string_view domain = text.substr(at + 1);
  const std::size_t dot = domain.rfind('.');
  const bool has_dot = dot != std::string_view::npos && dot > 0 && dot + 1 < domain.size();
  return has_dot && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != ',' && c != 127; });
}

bool is_iso_time(std::string_view text) {
  return parse_iso8601(text).has_value();
}

}  // namespace apmcp::sandbox

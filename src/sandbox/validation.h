#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/reply.h"

namespace apmcp::sandbox {

enum class FieldKind { kString, kInteger, kNumber, kBoolean, kObject, kArray };

/// One row of the table that says what a body or a query may hold. The defaults of the bounds mean "no bound".
struct FieldRule {
  std::string_view name;
  FieldKind kind = FieldKind::kString;
  bool required = false;  ///< absent is an error; null is one too, unless `nullable`
  bool nullable = true;
  std::optional<double> min, max;                 ///< value of a number, length of a string or an array
  std::span<const std::string_view> options;      ///< the only values a string may have
  bool (*fits)(std::string_view text) = nullptr;  ///< further demand on a string
  std::string_view pattern;                       ///< what `fits` demands, as the service would print it
  std::span<const FieldRule> items;               ///< rules of the objects in an array
};

/// Query values by name, percent-decoded, '+' read as a space, empty values left out as absent.
using Query = std::map<std::string, std::string, std::less<>>;

/// Every mistake of `body`, in the order of the rules. Members without a rule are ignored, as the service does.
std::vector<FieldError> check_body(const Json& body, std::span<const FieldRule> rules);

/// The same for query values: integers and booleans are read from their text.
std::vector<FieldError> check_query(const Query& query, std::span<const FieldRule> rules);

/// Value of a query member that check_query() has let through, or `fallback`.
std::size_t query_size(const Query& query, std::string_view name, std::size_t fallback);
std::string query_text(const Query& query, std::string_view name);

/// The string member `name`, when it is there and not null.
std::optional<std::string> text_of(const Json& body, std::string_view name);

bool is_digit(char c);
bool is_e164(std::string_view text);  ///< '+', no leading zero, 2 to 15 digits
bool is_e164_or_empty(std::string_view text);
bool is_plus_one_or_empty(std::string_view text);  ///< "+1" and ten digits
bool is_three_digits(std::string_view text);
bool is_six_digits(std::string_view text);
bool is_http_url(std::string_view text);
bool is_tool_name(std::string_view text);  ///< [A-Za-z0-9_-]{1,64}
bool is_mailbox(std::string_view text);
bool is_iso_time(std::string_view text);

}  // namespace apmcp::sandbox

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The grammar that both sides of HTTP share (RFC 9110, section 5). Pure.
namespace apmcp {

/// ASCII only; the locale has no say.
std::string to_lower(std::string_view text);

/// One or more of the characters that names of fields and methods are made of.
bool is_http_token(std::string_view text);

/// Nothing in it can end a line or be invisible: no control character but the tab.
bool is_field_text(std::string_view text);

/// Without the spaces and tabs around it.
std::string_view trim_blanks(std::string_view text);

/// Digits only: nullopt for signs, blanks, nothing at all, and more than 64 bits.
std::optional<std::uint64_t> parse_digits(std::string_view text, int base);

/// `token` (lower case) is an element of the comma-separated `list`, in any case.
bool lists_token(std::string_view list, std::string_view token);

}  // namespace apmcp

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace apmcp::tools {

/// The one-time code that a text brings: 4 to 8 digits, or 4 to 8 digits and capital letters mixed, named as a code by
/// the words around it in any of some twenty languages, or by the last line that phones fill codes in from
/// ("@example.com #482913", the format of origin-bound one-time codes). Written in two groups ("482 913", "482-913") it
/// is given as one; letters before a hyphen stay ("G-482913"). Absent when no number is a code: prices, dates, phone
/// numbers, order numbers and the like are none. Pure; UTF-8 in, ASCII out.
std::optional<std::string> find_one_time_code(std::string_view text);

}  // namespace apmcp::tools

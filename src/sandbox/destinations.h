#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace apmcp::sandbox {

/// `text` as E.164: separators removed, +1 assumed for ten bare digits. Absent when it is no number in that form.
std::optional<std::string> normal_number(std::string_view text);

/// Emergency numbers, N11 codes and crisis lines, with or without a country code and separators.
bool is_blocked(std::string_view text);

}  // namespace apmcp::sandbox

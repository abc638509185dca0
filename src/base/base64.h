#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace apmcp {

/// RFC 4648, section 4: with padding, no line breaks.
std::string encode_base64(std::string_view bytes);

/// Strict: absent for a foreign character, wrong padding, or bits that an encoder would not have written.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace apmcp

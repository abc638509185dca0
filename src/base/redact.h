#pragma once

#include <string>
#include <string_view>

namespace apmcp {

/// True when `text` holds something shaped like an AgentPhone key or webhook secret: sk_live_, sk_test_ or whsec_ and
/// at least eight more characters. Zero-width characters and line ends anywhere in it are ignored, and so is white
/// space inside the prefix. White space behind an intact prefix is ignored only where no words follow, because
/// "sk_live_ and then a random part" is prose. Takes time in proportion to the text.
bool holds_secret(std::string_view text);

/// `text` with everything shaped like a key or webhook secret replaced by "[redacted]". Only keys without gaps. Takes
/// time in proportion to the text.
std::string scrub_secrets(std::string text);

/// The same for API keys alone (sk_live_, sk_test_): the last look at everything that leaves for a client. Webhook
/// secrets pass, because a person may ask to see one.
std::string scrub_keys(std::string text);

/// "+14155550123" -> "+1******0123"; for logs.
std::string mask_number(std::string_view number);

/// "482913" -> "******"; for logs.
std::string mask_code(std::string_view code);

/// Control characters, ESC, bidirectional controls and U+2028/9 as \uXXXX, so that one log line stays one line.
std::string escape_controls(std::string_view text);

}  // namespace apmcp

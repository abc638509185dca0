#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace apmcp::webhook {

/// Why a delivery is not believed.
enum class Verdict {
  kGenuine,
  kBadTimestamp,  ///< missing, not all digits, or more digits than a Unix time has
  kStale,         ///< further from now than the tolerance, either way
  kBadSignature,  ///< wrong length, scheme, digits or secret
};

/// Value of X-Webhook-Signature: "sha256=" and 64 lower-case hex digits. HMAC-SHA256 over `timestamp`, a full stop and
/// the raw bytes of `body`; the key is the secret byte for byte, its "whsec_" included (vendor guide and official
/// adapter). Pure and thread-safe.
std::string sign(std::string_view secret, std::string_view timestamp, std::string_view body);

/// Checks a delivery over the bytes as received, before anything parses them. The signatures are compared in constant
/// time. `timestamp` is the header X-Webhook-Timestamp, Unix seconds. An empty secret verifies nothing. Thread-safe.
Verdict verify(std::string_view secret, std::string_view timestamp, std::string_view body, std::string_view signature,
               Clock::TimePoint now, std::chrono::seconds tolerance = std::chrono::seconds{300});

}  // namespace apmcp::webhook

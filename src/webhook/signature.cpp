#include "webhook/signature.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace apmcp::webhook {
namespace {

/// A Unix time needs ten digits until the year 2286; a longer text is no time of ours and could overflow.
constexpr std::size_t kMaxTimestampDigits = 11;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool read_seconds(std::string_view text, std::int64_t& seconds) {
  if (text.empty() || text.size() > kMaxTimestampDigits || !std::all_of(text.begin(), text.end(), is_digit)) {
    return false;
  }
  return std::from_chars(text.data(), text.data() + text.size(), seconds).ec == std::errc{};
}

}  // namespace

std::string sign(std::string_view secret, std::string_view timestamp, std::string_view body) {
  std::string message;
  message.reserve(timestamp.size() + 1 + body.size());
  message.append(timestamp).append(".").append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(), &length);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "sha256=";
  for (unsigned int i = 0; i < length; ++i) {
    text.push_back(kHex[digest[i] >> 4U]);
    text.push_back(kHex[digest[i] & 0x0FU]);
  }
  return text;
}

Verdict verify(std::string_view secret, std::string_view timestamp, std::string_view body, std::string_view signature,
               Clock::TimePoint now, std::chrono::seconds tolerance) {
  std::int64_t seconds = 0;
  if (!read_seconds(timestamp, seconds)) return Verdict::kBadTimestamp;
  const auto sent = std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
  const auto age = now > sent ? now - sent : sent - now;
  if (age > tolerance) return Verdict::kStale;
  if (secret.empty()) return Verdict::kBadSignature;
  const std::string expected = sign(secret, timestamp, body);
  if (signature.size() != expected.size()) return Verdict::kBadSignature;
  const bool equal = CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
  return equal ? Verdict::kGenuine : Verdict::kBadSignature;
}

}  // namespace apmcp::webhook

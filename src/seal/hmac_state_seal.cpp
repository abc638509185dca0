#include "seal/hmac_state_seal.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/base64.h"

namespace apmcp::seal {
namespace {

constexpr std::string_view kVersion = "v1.";
constexpr std::size_t kMaxIdBytes = 32;

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// Absent when OpenSSL fails. The length goes first, so that no other split of text and purpose has the same MAC.
std::optional<std::string> mac(const Secret& key, std::string_view text, std::string_view purpose) {
  std::string message = std::to_string(text.size()) + ".";
  message.append(text).append(purpose);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const std::string& bytes = key.reveal();
  if (HMAC(EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(), &length) == nullptr) {
    return std::nullopt;
  }
  return std::string(reinterpret_cast<const char*>(digest.data()), length);
}

Error not_ours() {
  return {.code = ErrorCode::kInvalidParams, .message = "The state was not sealed here for this."};
}

Error no_cryptography() {
  return {.code = ErrorCode::kInternal, .message = "The cryptography of this system does not work."};
}

/// The same for the same key, and says nothing about it. No seal has this MAC: their text begins with kVersion.
std::optional<std::string> key_id(const Secret& key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kIdBytes = 8;
  const auto proof = mac(key, "key id", "");
  if (!proof) return std::nullopt;
  std::string id;
  for (const char c : proof->substr(0, kIdBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    id += kDigits[byte >> 4U];
    id += kDigits[byte & 0x0FU];
  }
  return id;
}

/// The text up to the next full stop, which is dropped too; absent when there is none.
std::optional<std::string_view> cut(std::string_view& text) {
  const auto stop = text.find('.');
  if (stop == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, stop);
  text.remove_prefix(stop + 1);
  return part;
}

}  // namespace

Result<std::unique_ptr<HmacStateSeal>> HmacStateSeal::with_random_key() {
  std::string bytes(kMinKeyBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
    return no_cryptography();
  }
  std::vector<SealKey> keys;
  keys.push_back({.id = "process", .key = Secret(std::move(bytes))});
  return with_keys(std::move(keys));
}

Result<std::unique_ptr<HmacStateSeal>> HmacStateSeal::with_keys(std::vector<SealKey> keys) {
  if (keys.empty()) return Error{.code = ErrorCode::kBadArguments, .message = "A state seal needs a key."};
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    const bool is_repeated = std::any_of(keys.begin(), key, [&](const SealKey& k) { return k.id == key->id; });
    if (!is_id(key->id) || is_repeated) {
      return Error{.code = ErrorCode::kBadArguments,
                   .message = "Each key of a state seal needs an id of its own: 1 to 32 letters, digits, _ or -."};
    }
    if (key->key.reveal().size() < kMinKeyBytes) {
      return Error{.code = ErrorCode::kBadArguments,
                   .message = "The state seal key \"" + key->id + "\" must have at least 32 bytes."};
    }
  }
  return std::unique_ptr<HmacStateSeal>(new HmacStateSeal(std::move(keys)));
}

Result<std::unique_ptr<HmacStateSeal>> HmacStateSeal::with_key_lines(const Secret& lines) {
  std::vector<SealKey> keys;
  std::string_view rest = lines.reveal();
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    Secret key{std::string(line)};
    const auto id = key_id(key);
    if (!id) return no_cryptography();
    keys.push_back({.id = *id, .key = std::move(key)});
  }
  return with_keys(std::move(keys));
}

Result<std::string> HmacStateSeal::seal(std::string_view payload, std::string_view purpose) {
  const SealKey& key = keys_.front();
  std::string text(kVersion);
  text.append(key.id).append(".").append(encode_base64(payload));
  const auto proof = mac(key.key, text, purpose);
  if (!proof) return no_cryptography();
  return text + "." + encode_base64(*proof);
}

Result<std::string> HmacStateSeal::open(std::string_view sealed, std::string_view purpose) {
  std::string_view rest = sealed;
  if (!rest.starts_with(kVersion)) return not_ours();
  rest.remove_prefix(kVersion.size());
  const auto id = cut(rest);
  const auto payload = id ? cut(rest) : std::nullopt;
  const auto proof = payload ? decode_base64(rest) : std::nullopt;
  if (!proof) return not_ours();
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const SealKey& k) { return k.id == *id; });
  if (key == keys_.end()) return not_ours();
  const auto expected = mac(key->key, sealed.substr(0, sealed.size() - rest.size() - 1), purpose);
  if (!expected) return no_cryptography();
  const bool is_ours =
      proof->size() == expected->size() && CRYPTO_memcmp(proof->data(), expected->data(), expected->size()) == 0;
  auto bytes = is_ours ? decode_base64(*payload) : std::nullopt;
  if (!bytes) return not_ours();
  return *std::move(bytes);
}

}  // namespace apmcp::seal

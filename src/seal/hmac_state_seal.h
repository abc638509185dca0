#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"
#include "mcp/state_seal.h"

namespace apmcp::seal {

/// A key and its name, which stands in every seal made with it.
struct SealKey {
  std::string id;  ///< 1 to 32 of A-Z a-z 0-9 _ -
  Secret key;      ///< at least kMinKeyBytes random bytes
};

inline constexpr std::size_t kMinKeyBytes = 32;

/// Seals with HMAC-SHA-256: "v1.", key id, ".", payload and ".", MAC, both in Base64; the MAC covers all before it and
/// the purpose. Immutable, so thread-safe.
class HmacStateSeal final : public mcp::StateSeal {
 public:
  /// A key of this process alone, from the system's source of randomness. kInternal when there is none.
  static Result<std::unique_ptr<HmacStateSeal>> with_random_key();

  /// The first key seals, all open: so replicas share keys, and a new one can be put first while the old one is still
  /// valid. kBadArguments for no key, a key that is too short, and a bad or repeated id.
  static Result<std::unique_ptr<HmacStateSeal>> with_keys(std::vector<SealKey> keys);

  /// with_keys() for a text with one key on each line, whose ids are computed from them: processes with the same lines
  /// in any order open each other's seals. Empty lines are ignored.
  static Result<std::unique_ptr<HmacStateSeal>> with_key_lines(const Secret& lines);

  Result<std::string> seal(std::string_view payload, std::string_view purpose) override;
  Result<std::string> open(std::string_view sealed, std::string_view purpose) override;

 private:
  explicit HmacStateSeal(std::vector<SealKey> keys) : keys_(std::move(keys)) {}

  const std::vector<SealKey> keys_;
};

}  // namespace apmcp::seal

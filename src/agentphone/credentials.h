#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "agentphone_mcp/result.h"
#include "base/secret.h"

namespace apmcp::agentphone {

/// Where the key in use came from, for messages to people.
enum class KeySource { kNone, kFile, kEnvironment, kStored, kSignUp, kCaller };

/// The key in use, and where a new one is kept. Thread-safe.
class Credentials {
 public:
  /// `store` is where `remember` writes (0600, directory 0700); empty keeps new keys in memory only (the sandbox).
  /// `fallbacks` are tried in order when it cannot, so that the only copy of a key is on disk somewhere.
  explicit Credentials(std::filesystem::path store, std::vector<std::filesystem::path> fallbacks = {});

  void set(Secret key, KeySource source);

  [[nodiscard]] bool has_key() const;
  /// Empty when there is none. When the last new key is in memory only, this tries again to store it.
  [[nodiscard]] Secret key() const;
  [[nodiscard]] KeySource source() const;

  struct Kept {
    std::string location;  ///< where the key is now: the path, or "memory of this process"
    std::string note;      ///< what the person should know about other keys; may be empty
  };

  /// Uses `key` from now on and stores it. A key that the file held before is moved aside, never lost. When the file
  /// cannot be written, a fallback is, and the note says so. When nothing can, the key is still used, and the Error
  /// says that it will be lost at exit unless it can be stored until then.
  Result<Kept> remember(Secret key);

  /// Tries again to store a key that remember() could not. True when no key is in memory only.
  bool store_pending() const;

 private:
  Result<Kept> store(const Secret& key) const;

  const std::filesystem::path store_;
  const std::vector<std::filesystem::path> fallbacks_;
  mutable std::mutex storing_;                   // one writer of the files at a time; taken before mutex_
  mutable std::atomic<bool> is_pending_{false};  // the key is in memory only; written with storing_ held
  mutable std::mutex mutex_;
  Secret key_;                           // guarded by mutex_
  KeySource source_ = KeySource::kNone;  // guarded by mutex_
};

}  // namespace apmcp::agentphone

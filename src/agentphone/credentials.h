#pragma once

#include <filesystem>
#include <mutex>
#include <string>

#include "agentphone_mcp/result.h"
#include "base/secret.h"

namespace apmcp::agentphone {

/// Where the key in use came from, for messages to people.
enum class KeySource { kNone, kFile, kEnvironment, kStored, kSignUp, kCaller };

/// The key in use, and where a new one is kept. Thread-safe.
class Credentials {
 public:
  /// `store` is where `remember` writes (0600, directory 0700); empty keeps new keys in memory only (the sandbox).
  explicit Credentials(std::filesystem::path store);

  void set(Secret key, KeySource source);

  [[nodiscard]] bool has_key() const;
  [[nodiscard]] Secret key() const;  ///< empty when there is none
  [[nodiscard]] KeySource source() const;

  struct Kept {
    std::string location;  ///< where the key is now: the path, or "memory of this process"
    std::string note;      ///< what the person should know about other keys; may be empty
  };

  /// Uses `key` from now on and stores it. A key that the file held before is moved aside, never lost. When the file
  /// cannot be written the key is still used, and the Error says that it will be lost at exit.
  Result<Kept> remember(Secret key);

 private:
  const std::filesystem::path store_;
  mutable std::mutex mutex_;
  Secret key_;                           // guarded by mutex_
  KeySource source_ = KeySource::kNone;  // guarded by mutex_
};

}  // namespace apmcp::agentphone

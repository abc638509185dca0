#pragma once

#include <string>
#include <string_view>

#include "agentphone_mcp/result.h"

namespace apmcp::mcp {

/// Lets this server know its own words again after a client carried them. Anybody may read them, nobody can change
/// them or make new ones. An interface, because the cryptography is loaded when it is first needed (docs/adr/0001).
/// Thread-safe.
class StateSeal {
 public:
  StateSeal() = default;
  StateSeal(const StateSeal&) = delete;
  StateSeal& operator=(const StateSeal&) = delete;
  virtual ~StateSeal() = default;

  /// `payload` and the proof that it is ours, for this `purpose` alone, as one text. The purpose is not part of it.
  /// kInternal when the cryptography cannot be had.
  virtual Result<std::string> seal(std::string_view payload, std::string_view purpose) = 0;

  /// The payload; kInvalidParams unless seal() made `sealed` for the same purpose with a key that is still valid.
  virtual Result<std::string> open(std::string_view sealed, std::string_view purpose) = 0;
};

}  // namespace apmcp::mcp

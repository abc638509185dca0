#pragma once

#include <string>

#include "base/secret.h"

namespace apmcp::transport {

/// The token that every request must carry in its Authorization header (RFC 6750, section 2.1). Immutable, so
/// thread-safe.
class BearerAuth {
 public:
  /// An empty token: none is needed.
  explicit BearerAuth(Secret token) : token_(std::move(token)) {}

  [[nodiscard]] bool is_on() const { return !token_.empty(); }

  /// `authorization` is the header's value, nullptr when there is none. Takes the same time for every wrong token of
  /// the right length.
  [[nodiscard]] bool admits(const std::string* authorization) const;

 private:
  const Secret token_;
};

}  // namespace apmcp::transport

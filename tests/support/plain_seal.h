#pragma once

#include <functional>
#include <string>

#include "base/base64.h"
#include "mcp/state_seal.h"

namespace apmcp::test {

/// Notices every change, and keeps out nobody who wants in: for tests of what is sealed, not of the seal.
class PlainSeal final : public mcp::StateSeal {
 public:
  Result<std::string> seal(std::string_view payload, std::string_view purpose) override {
    return encode_base64(payload) + "." + proof(payload, purpose);
  }

  Result<std::string> open(std::string_view sealed, std::string_view purpose) override {
    const auto payload = decode_base64(sealed.substr(0, sealed.find('.')));
    if (payload && sealed == encode_base64(*payload) + "." + proof(*payload, purpose)) return *payload;
    return Error{.code = ErrorCode::kInvalidParams, .message = "not ours"};
  }

 private:
  static std::string proof(std::string_view payload, std::string_view purpose) {
    return std::to_string(std::hash<std::string>{}(std::string(payload).append("|").append(purpose)));
  }
};

}  // namespace apmcp::test

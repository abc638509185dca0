#include "transport/bearer_auth.h"

#include <algorithm>
#include <string_view>

#include "base/http_syntax.h"

namespace apmcp::transport {
namespace {

bool is_same(std::string_view given, std::string_view expected) {
  if (given.size() != expected.size()) return false;
  // Through volatile, so that the loop is not left at the first difference.
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference = static_cast<unsigned char>(
        difference | (static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(expected[i])));
  }
  return difference == 0;
}

/// The token behind the scheme, whose letters may be in any case; empty for another scheme.
std::string_view token_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (to_lower(authorization.substr(0, kScheme.size())) != kScheme) return {};
  authorization.remove_prefix(kScheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return authorization;
}

}  // namespace

bool BearerAuth::admits(const std::string* authorization) const {
  if (token_.empty()) return true;
  return authorization != nullptr && is_same(token_of(*authorization), token_.reveal());
}

}  // namespace apmcp::transport

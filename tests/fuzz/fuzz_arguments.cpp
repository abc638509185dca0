// Whatever a model writes as arguments: the checks of what may leave, and the cleaning of what comes in, take any text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json_parse.h"
#include "base/redact.h"
#include "policy/outbound.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string scrubbed = apmcp::scrub_secrets(text);
  if (apmcp::scrub_secrets(scrubbed) != scrubbed) std::abort();
  static_cast<void>(apmcp::holds_secret(text));
  static_cast<void>(apmcp::escape_controls(text));
  static_cast<void>(apmcp::policy::check_public_https_url("url", text));
  if (auto json = apmcp::parse_json(text)) static_cast<void>(apmcp::policy::check_outbound(*json));
  return 0;
}

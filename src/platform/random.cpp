#include "platform/random.h"

#include <array>
#include <string_view>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/random.h>
#endif

namespace apmcp::platform {

std::string random_hex(std::size_t bytes) {
  constexpr std::size_t kMost = 256;  // of getentropy()
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, kMost> raw{};
  std::string text;
  if (bytes > kMost || ::getentropy(raw.data(), bytes) != 0) return text;
  for (std::size_t i = 0; i < bytes; ++i) {
    text += kDigits[raw[i] >> 4U];
    text += kDigits[raw[i] & 0x0FU];
  }
  return text;
}

}  // namespace apmcp::platform

#include "base/random.h"

#include <array>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/random.h>
#endif

namespace apmcp {

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

std::string random_id() {
  constexpr std::size_t kIdBytes = 16;
  std::string id = random_hex(kIdBytes);
  if (id.empty()) throw std::runtime_error("the system has no random bytes");
  return id;
}

}  // namespace apmcp

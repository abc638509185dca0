#include "base/random_id.h"

#include <random>
#include <string_view>

namespace apmcp {

std::string random_id() {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr int kWords = 4;  // of 32 bits each
  // Not the default token: the processor's own generator needs no file, but not every machine's can be trusted.
  std::random_device source("/dev/urandom");
  std::string text;
  for (int word = 0; word < kWords; ++word) {
    std::random_device::result_type bits = source();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4U) text.push_back(kHex[bits & 0xFU]);
  }
  return text;
}

}  // namespace apmcp

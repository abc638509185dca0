#pragma once

#include <cstddef>
#include <string>

namespace apmcp {

/// `bytes` (256 at most) from the system's source of randomness as lower-case hex digits: nobody can guess or repeat
/// them. Empty when there is no such source. Thread-safe.
std::string random_hex(std::size_t bytes);

/// 128 bits of it, for names that only their owner may know. Throws std::runtime_error when there is no such source.
std::string random_id();

}  // namespace apmcp

#pragma once

#include <cstddef>
#include <string>

namespace apmcp::platform {

/// `bytes` (at most 256) unpredictable bytes of the operating system, as lower-case hex digits. Empty when the system
/// has none to give; then nothing may be named or guarded by them. Thread-safe.
std::string random_hex(std::size_t bytes);

}  // namespace apmcp::platform

#pragma once

#include <string>

namespace apmcp {

/// 128 bits from the system's source of randomness as 32 lower-case hex digits: nobody can guess or repeat it.
/// Thread-safe. Throws std::exception when the system has no such source.
std::string random_id();

}  // namespace apmcp

#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/executor.h"

namespace apmcp {

/// Runs every part and returns when all have ended. The calling thread runs parts itself; at most `helpers` jobs of
/// `pool` run parts at the same time, and only while half of the pool is free, so that helpers crowd out no request. A
/// part that no helper has begun is run by the caller, so a full pool, or none, costs time and never a deadlock.
/// Rethrows the first exception of a part after all have ended.
void run_parts(std::vector<std::function<void()>> parts, Executor* pool, std::size_t helpers);

}  // namespace apmcp

#include "base/arrivals.h"

#include <algorithm>
#include <utility>

namespace apmcp {

std::uint64_t Arrivals::seen() const {
  const std::lock_guard lock(mutex_);
  return announced_;
}

void Arrivals::announce() {
  {
    const std::lock_guard lock(mutex_);
    ++announced_;
  }
  changed_.notify_all();
}

bool Arrivals::wait(std::uint64_t seen, std::stop_token stop, std::chrono::nanoseconds limit) {
  // wait_for() adds to the time of now, which must not overflow.
  constexpr std::chrono::nanoseconds kLongest = std::chrono::hours{24};
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::move(stop), std::min(limit, kLongest), [&] { return announced_ != seen; });
}

}  // namespace apmcp

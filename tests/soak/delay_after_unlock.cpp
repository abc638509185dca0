// A library that comes before the C library (linked first, or LD_PRELOAD): sleeps a random while after one in
// AGENTPHONE_MCP_DELAY_ONE_IN unlocks of a mutex (default 8). A check under one lock and an act under a second one are
// then far apart, and what another thread does in between shows. ThreadSanitizer does not see such races.
// AGENTPHONE_MCP_DELAY_SEED (default 1) chooses the sequence of each thread.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <pthread.h>

namespace {

constexpr std::uint32_t kLongestMicroseconds = 300;

using Unlock = int (*)(pthread_mutex_t*);

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here changes the environment
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// xorshift64*, one sequence for each thread.
std::uint64_t next_random() {
  static const std::uint64_t seed = setting("AGENTPHONE_MCP_DELAY_SEED", 1);
  static std::atomic<std::uint64_t> threads = 0;
  thread_local std::uint64_t state = (seed << 32U) + ++threads;
  state ^= state >> 12U;
  state ^= state << 25U;
  state ^= state >> 27U;
  return (state * 0x2545F4914F6CDD1DULL) >> 32U;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  static const auto unlock = reinterpret_cast<Unlock>(::dlsym(RTLD_NEXT, "pthread_mutex_unlock"));
  static const std::uint64_t one_in = setting("AGENTPHONE_MCP_DELAY_ONE_IN", 8);
  const int result = unlock(mutex);
  if (result == 0 && one_in > 0 && next_random() % one_in == 0) {
    const timespec pause{.tv_sec = 0, .tv_nsec = static_cast<long>(next_random() % kLongestMicroseconds) * 1000};
    ::nanosleep(&pause, nullptr);
  }
  return result;
}

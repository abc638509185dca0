#include "base/fan_out.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

namespace apmcp {
namespace {

/// Shared with the helpers, of which some may start after everything has ended.
struct Parts {
  explicit Parts(std::vector<std::function<void()>> all) : parts(std::move(all)) {}

  /// Runs parts until each has been begun.
  void work() {
    std::unique_lock lock(mutex);
    while (begun < parts.size()) {
      const auto& part = parts[begun++];
      lock.unlock();
      std::exception_ptr thrown;
      try {
        part();
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      if (thrown && !failure) failure = thrown;
      if (++ended == parts.size()) all_ended.notify_one();
    }
  }

  const std::vector<std::function<void()>> parts;
  std::mutex mutex;
  std::condition_variable all_ended;
  std::size_t begun = 0;       // guarded by mutex
  std::size_t ended = 0;       // guarded by mutex
  std::exception_ptr failure;  // guarded by mutex; the first one
};

}  // namespace

void run_parts(std::vector<std::function<void()>> parts, Executor* pool, std::size_t helpers) {
  const auto shared = std::make_shared<Parts>(std::move(parts));
  helpers = pool == nullptr || shared->parts.empty() ? 0 : std::min(helpers, shared->parts.size() - 1);
  while (helpers > 0 && pool->is_mostly_free() && pool->submit([shared] { shared->work(); })) --helpers;
  shared->work();
  std::unique_lock lock(shared->mutex);
  shared->all_ended.wait(lock, [&] { return shared->ended == shared->parts.size(); });
  if (shared->failure) std::rethrow_exception(shared->failure);
}

}  // namespace apmcp

// The modules as shared objects inside the executable, loaded on first use.
#include <atomic>
#include <mutex>
#include <string_view>

#include "app/module_api.h"
#include "app/modules.h"
#include "platform/shared_object.h"

// Defined by embedded_modules.S, whose names they are.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {
extern const char agentphone_mcp_net_begin[];
extern const char agentphone_mcp_net_end[];
extern const char agentphone_mcp_numbers_begin[];
extern const char agentphone_mcp_numbers_end[];
}

// NOLINTEND(readability-identifier-naming)

namespace apmcp::app {
namespace {

std::string_view image(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

/// One module, loaded with the first call that can.
template <typename Module>
class LoadedOnce {
 public:
  constexpr LoadedOnce() = default;

  const Module* get(std::string_view name, std::string_view bytes, const char* symbol) {
    if (const Module* loaded = loaded_.load(std::memory_order_acquire)) return loaded;
    using Entry = const Module* (*)(const log::Options&);
    const std::lock_guard lock(mutex_);
    if (const Module* loaded = loaded_.load(std::memory_order_relaxed)) return loaded;
    const auto entry = reinterpret_cast<Entry>(platform::load_shared_object(name, bytes, symbol));
    const Module* loaded = entry == nullptr ? nullptr : entry(log::options());
    loaded_.store(loaded, std::memory_order_release);
    return loaded;
  }

 private:
  std::atomic<const Module*> loaded_ = nullptr;
  std::mutex mutex_;
};

constinit LoadedOnce<NetModule> net_slot;
constinit LoadedOnce<NumbersModule> numbers_slot;

}  // namespace

const NetModule* net_module() {
  return net_slot.get("net", image(agentphone_mcp_net_begin, agentphone_mcp_net_end), kNetSymbol);
}

const NumbersModule* numbers_module() {
  return numbers_slot.get("numbers", image(agentphone_mcp_numbers_begin, agentphone_mcp_numbers_end), kNumbersSymbol);
}

}  // namespace apmcp::app

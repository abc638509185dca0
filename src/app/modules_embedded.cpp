// The modules as shared objects inside the executable, loaded on first use.
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

template <typename Module>
const Module* load(std::string_view name, std::string_view bytes, const char* symbol) {
  using Entry = const Module* (*)(const log::Options&);
  const auto entry = reinterpret_cast<Entry>(platform::load_shared_object(name, bytes, symbol));
  return entry == nullptr ? nullptr : entry(log::options());
}

}  // namespace

const NetModule* net_module() {
  static const NetModule* const loaded =
      load<NetModule>("net", image(agentphone_mcp_net_begin, agentphone_mcp_net_end), kNetSymbol);
  return loaded;
}

const NumbersModule* numbers_module() {
  static const NumbersModule* const loaded =
      load<NumbersModule>("numbers", image(agentphone_mcp_numbers_begin, agentphone_mcp_numbers_end), kNumbersSymbol);
  return loaded;
}

}  // namespace apmcp::app

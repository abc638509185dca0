#include "app/module_api.h"
#include "numbers/libphonenumber_plan.h"

extern "C" const apmcp::app::NumbersModule* agentphone_mcp_numbers_module(apmcp::log::Level level) {
  static constexpr apmcp::app::NumbersModule kModule{.make_plan = apmcp::numbers::make_libphonenumber_plan};
  apmcp::log::configure(level);
  return &kModule;
}

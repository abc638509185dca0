#include "app/module_api.h"
#include "numbers/libphonenumber_plan.h"

extern "C" const apmcp::app::NumbersModule* agentphone_mcp_numbers_module(const apmcp::log::Options& log) {
  static constexpr apmcp::app::NumbersModule kModule{.make_plan = apmcp::numbers::make_libphonenumber_plan};
  apmcp::log::adopt(log);
  return &kModule;
}

// The modules linked into the executable like everything else.
#include "app/module_api.h"
#include "app/modules.h"

namespace apmcp::app {

const NetModule* net_module() {
  return agentphone_mcp_net_module(log::options());
}

const NumbersModule* numbers_module() {
  return agentphone_mcp_numbers_module(log::options());
}

}  // namespace apmcp::app

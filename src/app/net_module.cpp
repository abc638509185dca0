#include "app/module_api.h"

extern "C" const apmcp::app::NetModule* agentphone_mcp_net_module(const apmcp::log::Options& log) {
  static constexpr apmcp::app::NetModule kModule{.make_upstream = apmcp::http::make_httplib_transport,
                                                 .make_sandbox = apmcp::sandbox::make_sandbox_transport,
                                                 .serve_sandbox = apmcp::sandbox::serve_sandbox};
  apmcp::log::adopt(log);
  return &kModule;
}

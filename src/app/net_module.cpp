#include "app/module_api.h"
#include "seal/hmac_state_seal.h"

namespace {

std::unique_ptr<apmcp::mcp::StateSeal> make_state_seal() {
  auto seal = apmcp::seal::HmacStateSeal::with_random_key();
  return seal ? *std::move(seal) : nullptr;
}

}  // namespace

extern "C" const apmcp::app::NetModule* agentphone_mcp_net_module(const apmcp::log::Options& log) {
  static constexpr apmcp::app::NetModule kModule{.make_upstream = apmcp::http::make_httplib_transport,
                                                 .make_sandbox = apmcp::sandbox::make_sandbox_transport,
                                                 .make_state_seal = make_state_seal,
                                                 .serve_sandbox = apmcp::sandbox::serve_sandbox};
  apmcp::log::adopt(log);
  return &kModule;
}

#include <stop_token>
#include <thread>

#include "agentphone_mcp/app.h"
#include "app/commands.h"
#include "app/complaint.h"
#include "app/modules.h"
#include "app/phone_server.h"

namespace apmcp::app {

int serve_sandbox(const Config& config, const platform::StopSignal& stop) {
  const NetModule* net = net_module();
  if (net == nullptr) return complain({"the HTTP stack cannot be loaded", exit_code::kSoftware});
  std::stop_source stopping;
  std::jthread watcher([&] {
    stop.wait();
    stopping.request_stop();
  });
  const Status served = net->serve_sandbox({.port = config.sandbox_port,
                                            .port_file = config.sandbox_port_file,
                                            .speed = config.sandbox_speed,
                                            .tls_cert = config.sandbox_tls_cert,
                                            .tls_key = config.sandbox_tls_key,
                                            .log_codes = show_sign_up_code},
                                           stopping.get_token());
  platform::StopSignal::install().request();  // lets the watcher go when serving ended by itself
  return served ? exit_code::kOk : complain({served.error().message, exit_code::kUnavailable});
}

}  // namespace apmcp::app

#include "agentphone_mcp/app.h"

#include "app/commands.h"
#include "base/log.h"
#include "platform/process.h"
#include "platform/stop_signal.h"

namespace apmcp {
namespace {

log::Level to_level(Config::LogLevel level) {
  return static_cast<log::Level>(level);
}

}  // namespace

int run(const Config& config) {
  platform::StopSignal& stop = platform::StopSignal::install();
  platform::protect_memory();
  platform::drop_openssl_environment();
  log::configure(to_level(config.log_level));
  switch (config.command) {
    case Config::Command::kStdio: return app::serve_stdio(config, stop);
    case Config::Command::kHttp: return app::serve_http(config, stop);
    case Config::Command::kSandbox: break;
  }
  return app::serve_sandbox(config, stop);
}

}  // namespace apmcp

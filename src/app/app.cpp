#include "agentphone_mcp/app.h"

#include <string>

#include "app/commands.h"
#include "app/complaint.h"
#include "base/log.h"
#include "platform/process.h"
#include "platform/stop_signal.h"

namespace apmcp {
namespace {

log::Options log_options(const Config& config) {
  return {.lowest = static_cast<log::Level>(config.log_level),
          .format = config.log_format == Config::LogFormat::kJson ? log::Format::kJson : log::Format::kText,
          .file = config.log_file,
          .reopenings = &platform::log_reopenings()};
}

int serve(const Config& config, platform::StopSignal& stop) {
  switch (config.command) {
    case Config::Command::kStdio: return app::serve_stdio(config, stop);
    case Config::Command::kHttp: return app::serve_http(config, stop);
    case Config::Command::kSandbox: break;
  }
  return app::serve_sandbox(config, stop);
}

}  // namespace

int run(const Config& config) {
  platform::StopSignal& stop = platform::StopSignal::install();
  platform::protect_memory();
  platform::drop_openssl_environment();
  if (!log::configure(log_options(config))) {
    return app::complain({"--log-file: cannot write " + config.log_file, exit_code::kCannotCreate});
  }
  const int code = serve(config, stop);
  log::info("ended", {{"exit_code", std::to_string(code)}});
  return code;
}

}  // namespace apmcp

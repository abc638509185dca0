#pragma once

#include "agentphone_mcp/config.h"
#include "platform/stop_signal.h"

// One function per command. Each serves until its end and returns the exit code.
namespace apmcp::app {

int serve_stdio(const Config& config, platform::StopSignal& stop);
int serve_http(const Config& config, const platform::StopSignal& stop);
int serve_sandbox(const Config& config, const platform::StopSignal& stop);

}  // namespace apmcp::app

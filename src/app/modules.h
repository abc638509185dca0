#pragma once

#include <memory>

#include "agentphone_mcp/result.h"
#include "http/httplib_transport.h"
#include "numbers/number_plan.h"
#include "sandbox/sandbox.h"

// The parts of the program that are heavy to load: the HTTP stack with TLS, and libphonenumber. A release build for
// Linux carries them as shared objects inside the executable and loads each on first use, because loading them at
// start would cost more than everything else together (docs/adr/0001). Elsewhere they are linked as usual.
namespace apmcp::app {

std::unique_ptr<http::HttpTransport> load_upstream(http::TransportOptions options);
std::unique_ptr<http::HttpTransport> load_sandbox(const sandbox::SandboxOptions& options);
Status serve_sandbox(const sandbox::SandboxServerOptions& options, std::stop_token stop);
std::unique_ptr<numbers::NumberPlan> load_number_plan();

}  // namespace apmcp::app

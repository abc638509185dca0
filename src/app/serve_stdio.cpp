#include "agentphone_mcp/app.h"
#include "app/commands.h"
#include "app/complaint.h"
#include "app/phone_server.h"
#include "app/webhook_listener.h"
#include "base/executor.h"
#include "platform/process.h"
#include "platform/stdio_channel.h"
#include "transport/stdio_transport.h"

namespace apmcp::app {
namespace {

/// Calls at the same time. Threads are started when needed, so places that are not used cost nothing.
constexpr std::size_t kStdioWorkers = 64;
constexpr std::size_t kStdioQueue = 256;
constexpr std::chrono::seconds kUntilTasksEnd{2};

}  // namespace

int serve_stdio(const Config& config, platform::StopSignal& stop) {
  auto made = PhoneServer::make(config);
  if (const auto* complaint = std::get_if<Complaint>(&made)) return complain(*complaint);
  PhoneServer& phone = *std::get<std::unique_ptr<PhoneServer>>(made);
  const auto webhooks = listen_for_webhooks(config.inbox, phone);
  if (const auto* complaint = std::get_if<Complaint>(&webhooks)) return complain(*complaint);
  const auto channel = platform::StdioChannel::take_over();
  if (!channel) return complain({"stdout cannot be used", exit_code::kUnavailable});
  if (platform::is_terminal_input()) {
    say("waiting for MCP messages on stdin, one JSON object a line. Programs speak this, see --help; Ctrl-D ends it");
  }
  Executor executor(kStdioWorkers, kStdioQueue);
  phone.serve_on(executor);
  bool is_done = transport::StdioTransport(*channel, stop, {}).serve(phone.mcp(), executor);
  is_done = phone.stop_background(kUntilTasksEnd) && is_done;
  if (!is_done) platform::exit_now(exit_code::kOk);  // a write that was not answered still uses what would be destroyed
  return exit_code::kOk;
}

}  // namespace apmcp::app

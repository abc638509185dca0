#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "agentphone/api.h"
#include "agentphone/credentials.h"
#include "agentphone_mcp/config.h"
#include "app/complaint.h"
#include "app/lazy.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "http/origin.h"
#include "mcp/request_states.h"
#include "mcp/server.h"
#include "policy/disclosure.h"
#include "tools/tool_call.h"

namespace apmcp::app {

/// Everything behind the transports: AgentPhone or its simulator, the tools, and the MCP server that offers them. The
/// members stand in the order of their dependencies.
class PhoneServer {
 public:
  static std::variant<std::unique_ptr<PhoneServer>, Complaint> make(const Config& config);

  PhoneServer(const PhoneServer&) = delete;
  PhoneServer& operator=(const PhoneServer&) = delete;

  [[nodiscard]] const mcp::McpServer& mcp() const { return *mcp_; }

  /// Long waits lend their worker's place of `executor`, which runs the requests. Call before the first one.
  void run_on(Executor& executor) { services_.executor = &executor; }

  [[nodiscard]] Metrics& metrics() { return metrics_; }

  [[nodiscard]] const http::Origin& origin() const { return origin_; }

 private:
  PhoneServer(const Config& config, http::Origin origin);

  std::optional<Complaint> load_key(const Config& config);
  std::optional<Complaint> make_tools();

  const http::Origin origin_;
  Metrics metrics_;
  agentphone::Credentials credentials_;
  LazyTransport transport_;
  MeteredTransport metered_;
  LazyNumberPlan number_plan_;
  agentphone::AgentPhoneApi api_;
  const policy::Disclosure disclosure_;
  const SystemClock clock_;
  tools::ToolServices services_;
  LazyStateSeal state_seal_;
  mcp::RequestStates request_states_;
  std::optional<mcp::McpServer> mcp_;
};

/// Shows a sign-up code of the simulator, for which there is no mailbox.
void show_sign_up_code(const std::string& email, const std::string& code);

}  // namespace apmcp::app

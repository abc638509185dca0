#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "agentphone/api.h"
#include "agentphone/credentials.h"
#include "agentphone/webhook_secrets.h"
#include "agentphone_mcp/config.h"
#include "app/complaint.h"
#include "app/lazy.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/metrics.h"
#include "base/notifier.h"
#include "http/origin.h"
#include "inbox/endpoint.h"
#include "inbox/inbox.h"
#include "mcp/request_states.h"
#include "mcp/server.h"
#include "mcp/subscriptions.h"
#include "mcp/tasks.h"
#include "policy/disclosure.h"
#include "resources/catalog.h"
#include "resources/followed_resources.h"
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

  /// The pool that will serve; tools that wait lend their places of it. To be called before it serves.
  void serve_on(Executor& executor) { services_.executor = &executor; }

  [[nodiscard]] Metrics& metrics() { return metrics_; }

  [[nodiscard]] const http::Origin& origin() const { return origin_; }

  /// Ends what goes on without a request: the work of tasks, within `limit`, and the followers; nothing is told of
  /// changes any more. Secrets that could not be written before are tried once more. Call it while the executor of
  /// serve_on() and the clients' channels still live. False when a task would not end: its thread still uses this
  /// object, which may not be destroyed then.
  bool stop_background(std::chrono::milliseconds limit);

  /// Answers webhook deliveries and keeps their events; empty when the inbox is off. Must not run once this is gone.
  [[nodiscard]] inbox::Endpoint webhook_endpoint();

 private:
  PhoneServer(const Config& config, http::Origin origin);

  std::optional<Complaint> load_key(const Config& config);
  std::optional<Complaint> make_mcp();
  std::optional<Complaint> open_inbox(const Config& config);
  std::optional<Complaint> share_states(const Config& config);
  void tell_of(const webhook::Event& event);
  [[nodiscard]] mcp::TaskAccount task_account() const;
  Result<Json> show_task(const std::string& id, const std::string& caller);

  const http::Origin origin_;
  Metrics metrics_;
  agentphone::Credentials credentials_;
  const ScaledClock paced_clock_;  // AgentPhone's time for pauses: faster in the sandbox, steady elsewhere
  LazyTransport transport_;
  MeteredTransport metered_;
  LazyNumberPlan number_plan_;
  agentphone::AgentPhoneApi api_;
  const policy::Disclosure disclosure_;
  const SystemClock clock_;
  Notifier texts_;
  agentphone::WebhookSecrets webhook_secrets_;
  std::unique_ptr<inbox::Inbox> inbox_;  // null: off
  Json voice_answer_;
  tools::ToolServices services_;
  Secret state_keys_;  // a line each; empty: a random key of this process. Set before anything is sealed
  LazyStateSeal state_seal_;
  std::optional<mcp::RequestStates> request_states_;  // always set
  mcp::Subscriptions subscriptions_;
  resources::FollowedResources followed_;
  resources::ResourceServices resource_services_;
  std::optional<mcp::McpServer> mcp_;
  LazyTaskStore task_store_;
  Executor task_threads_;
  mcp::Tasks tasks_;
};

/// Shows a sign-up code of the simulator, for which there is no mailbox.
void show_sign_up_code(const std::string& email, const std::string& code);

}  // namespace apmcp::app

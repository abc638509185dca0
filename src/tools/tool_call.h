#pragma once

#include "agentphone/api.h"
#include "agentphone/credentials.h"
#include "agentphone/webhook_secrets.h"
#include "agentphone_mcp/change.h"
#include "agentphone_mcp/tool.h"
#include "base/arrivals.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/metrics.h"
#include "inbox/inbox.h"
#include "numbers/number_plan.h"
#include "patterns/text_pattern.h"
#include "policy/confirmation.h"
#include "policy/disclosure.h"

namespace apmcp::tools {

/// What all tool calls share. Everything referred to outlives the handlers made from it and is thread-safe.
struct ToolServices {
  agentphone::AgentPhoneApi& api;
  agentphone::Credentials& credentials;
  const numbers::NumberPlan& number_plan;
  const policy::Disclosure& disclosure;
  const Clock& clock;
  policy::Confirmation confirmation = policy::Confirmation::kAsk;
  bool allow_loopback_urls = false;           ///< webhook and media URLs on this machine: sandbox and tests only
  std::chrono::milliseconds timeout{30'000};  ///< total per upstream request
  Metrics* metrics = nullptr;                 ///< counts what came of each call; null: nobody asks
  Executor* executor = nullptr;               ///< whose place a long wait lends; null: it keeps its place
  Arrivals* arrivals = nullptr;               ///< wakes who waits for texts and calls; null: they come unannounced
  inbox::Inbox* inbox = nullptr;              ///< what AgentPhone told by webhooks; null: it is not received here
  agentphone::WebhookSecrets* webhook_secrets = nullptr;  ///< where set_webhook keeps secrets; null: nowhere
  patterns::CompilePattern compile_pattern = nullptr;     ///< null: no pattern is taken
  mcp::PublishChange publish;                             ///< told of what a tool sees change; empty: nobody is
};

/// What a tool function works with. Everything outlives the call. One call is one thread.
struct ToolCall {
  ToolServices& services;
  mcp::RequestContext& context;
  agentphone::AgentPhoneApi::Options options;       ///< deadline and stop token of this call
  agentphone::AgentPhoneApi* caller_api = nullptr;  ///< with the key that the caller brought; null: the server's own
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

  [[nodiscard]] agentphone::AgentPhoneApi& api() const { return caller_api != nullptr ? *caller_api : services.api; }
};

}  // namespace apmcp::tools

#pragma once

#include <algorithm>
#include <chrono>

#include "agentphone/api.h"
#include "agentphone/credentials.h"
#include "agentphone/webhook_secrets.h"
#include "agentphone_mcp/change.h"
#include "agentphone_mcp/tool.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/metrics.h"
#include "base/notifier.h"
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
  const Clock& clock;                    ///< real time: limits of waits, as clients count them
  const Clock* service_clock = nullptr;  ///< what AgentPhone's times are on; null: `clock`. Ahead of it in the sandbox
  double speed = 1.0;  ///< how many times faster than real time AgentPhone's passes (the sandbox), > 0
  policy::Confirmation confirmation = policy::Confirmation::kAsk;
  bool allow_loopback_urls = false;           ///< webhook and media URLs on this machine: sandbox and tests only
  std::chrono::milliseconds timeout{30'000};  ///< total per upstream request
  Metrics* metrics = nullptr;                 ///< counts what came of each call; null: nobody asks
  Executor* executor = nullptr;               ///< whose place a long wait lends; null: it keeps its place
  Notifier* texts = nullptr;                  ///< topic: a number id, when a text reached it; null: no webhooks
  inbox::Inbox* inbox = nullptr;              ///< what AgentPhone told by webhooks; null: it is not received here
  agentphone::WebhookSecrets* webhook_secrets = nullptr;  ///< where set_webhook keeps secrets; null: nowhere
  patterns::CompilePattern compile_pattern = nullptr;     ///< null: no pattern is taken
  mcp::PublishChange publish;                             ///< told of what a tool sees change; empty: nobody is

  /// The time by AgentPhone's clock.
  [[nodiscard]] Clock::TimePoint service_now() const { return (service_clock ? *service_clock : clock).now(); }

  /// How long `time` on AgentPhone's clock takes, 1 ms at least. For pauses between two looks, never for limits.
  [[nodiscard]] std::chrono::nanoseconds real(std::chrono::milliseconds time) const {
    return std::max(std::chrono::nanoseconds(std::chrono::milliseconds{1}),
                    std::chrono::duration_cast<std::chrono::nanoseconds>(time / speed));
  }
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

#pragma once

#include <filesystem>
#include <optional>

#include "tools/tool_call.h"

namespace apmcp::tools {

/// A ToolCall for as long as it runs, with the key that has to be used: the one the caller brought, which lives as long
/// as this and is seen by no other call, or else the server's own.
class CallScope {
 public:
  CallScope(ToolServices& services, mcp::RequestContext& context)
      : call_{.services = services,
              .context = context,
              .options = {.stop = context.stop_of_writes(), .timeout = services.timeout}} {
    if (!context.caller_key) return;
    credentials_.set(context.caller_key->clone(), agentphone::KeySource::kCaller);
    call_.caller_api = &api_.emplace(services.api.with(credentials_));
  }

  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  [[nodiscard]] ToolCall& call() { return call_; }

 private:
  agentphone::Credentials credentials_{std::filesystem::path()};
  std::optional<agentphone::AgentPhoneApi> api_;
  ToolCall call_;
};

}  // namespace apmcp::tools

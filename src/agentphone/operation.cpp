#include "agentphone/operation.h"

#include <algorithm>
#include <array>

namespace apmcp::agentphone {
namespace {

using http::Method;

constexpr std::string_view kFindAgent = "Call list_agents for the ids of this account.";
constexpr std::string_view kFindNumber = "Call list_numbers for the ids of this account.";
constexpr std::string_view kFindAgentOrNumber = "Call list_agents and list_numbers for the ids of this account.";
constexpr std::string_view kFindWebhook = "Set a webhook with set_webhook first.";

// Literal segments stand before patterns, as the service routes them.
constexpr std::array<Operation, 30> kOperations{{
    {Method::kPost, "/v0/agent/sign-up", "sign_up", "sign-up", "",
     "Ask the person whether a code has arrived by mail before calling sign_up again: each call mails another code."},
    {Method::kPost, "/v0/agent/verify", "verify", "verification_id", "Call sign_up again for a new verification_id.",
     "Call verify again with the same verification_id and code: a verification that failed was undone. If it then says "
     "that the code was used, the account exists but its key was lost on the way; the person can make one at "
     "agentphone.to/dashboard (Settings, API Keys)."},
    {Method::kGet, "/v1/usage", "account_overview", "account", "", ""},
    {Method::kGet, "/v1/agents/voices", "list_voices", "voice", "", ""},
    {Method::kGet, "/v1/agents", "list_agents", "agent", kFindAgent, ""},
    {Method::kPost, "/v1/agents", "create_agent", "agent", kFindAgent,
     "Call list_agents and look for the new agent before creating it again."},
    {Method::kGet, "/v1/agents/*", "get_agent", "agent", kFindAgent, ""},
    {Method::kPatch, "/v1/agents/*", "update_agent", "agent", kFindAgent,
     "Call get_agent to see whether the change took; sending the same change again is safe."},
    {Method::kDelete, "/v1/agents/*", "delete_agent", "agent", kFindAgent,
     "Call list_agents to see whether the agent is still there."},
    {Method::kPost, "/v1/agents/*/numbers", "attach_number", "agent or number", kFindAgentOrNumber,
     "Call get_agent to see its numbers; attaching the same number again is safe."},
    {Method::kDelete, "/v1/agents/*/numbers/*", "detach_number", "agent or number", kFindAgentOrNumber,
     "Call get_agent to see its numbers; detaching the same number again is safe."},
    {Method::kGet, "/v1/agents/*/conversations", "list_conversations", "agent", kFindAgent, ""},
    {Method::kGet, "/v1/agents/*/calls", "list_calls", "agent", kFindAgent, ""},
    {Method::kGet, "/v1/agents/*/webhook", "get_webhook", "agent", kFindAgent, ""},
    {Method::kPost, "/v1/agents/*/webhook", "set_webhook", "agent", kFindAgent,
     "Call get_webhook to see which URL is set. If it changed, the old secret no longer works."},
    {Method::kGet, "/v1/numbers", "list_numbers", "number", kFindNumber, ""},
    {Method::kPost, "/v1/numbers", "buy_number", "agent or number", kFindAgentOrNumber,
     "Call list_numbers and look for a new number before buying again: each purchase costs money."},
    {Method::kDelete, "/v1/numbers/*", "release_number", "number", kFindNumber,
     "Call list_numbers to see whether the number is still there."},
    {Method::kGet, "/v1/numbers/*/messages", "list_messages", "number", kFindNumber, ""},
    {Method::kPost, "/v1/messages", "send_sms", "agent or number", kFindAgentOrNumber,
     "It may have been sent. Do not send it again before looking: call list_messages for the number, or "
     "list_conversations."},
    {Method::kGet, "/v1/conversations", "list_conversations", "conversation", "", ""},
    {Method::kGet, "/v1/conversations/*", "get_conversation", "conversation",
     "Call list_conversations for the ids of this account.", ""},
    {Method::kPost, "/v1/calls", "place_call", "agent or number", kFindAgentOrNumber,
     "The phone may be ringing. Do not call again before looking: call list_calls."},
    {Method::kGet, "/v1/calls", "list_calls", "call", "", ""},
    {Method::kGet, "/v1/calls/*/transcript/stream", "poll_call", "call", "Call list_calls for the ids of this account.",
     ""},
    {Method::kPost, "/v1/calls/*/end", "end_call", "call", "Call list_calls for the ids of this account.",
     "Call poll_call to see whether the call is over; if it is still live, end_call is safe to repeat."},
    {Method::kGet, "/v1/calls/*", "poll_call", "call", "Call list_calls for the ids of this account.", ""},
    {Method::kGet, "/v1/webhooks", "get_webhook", "webhook", kFindWebhook, ""},
    {Method::kPost, "/v1/webhooks", "set_webhook", "webhook", kFindWebhook,
     "Call get_webhook to see which URL is set. If it changed, the old secret no longer works."},
    {Method::kPost, "/v1/webhooks/test", "test_webhook", "webhook", kFindWebhook,
     "Calling test_webhook again is safe: it only posts another made-up event."},
}};

constexpr Operation kNeutralRead{
    Method::kGet, "", "account_overview", "resource", "Call account_overview for what this account has.", ""};
constexpr Operation kNeutralWrite{Method::kPost,
                                  "",
                                  "account_overview",
                                  "resource",
                                  "Call account_overview for what this account has.",
                                  "Look with account_overview before trying again."};

/// Cuts the first segment off `path` ("/a/b" gives "a", leaves "/b").
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    if (path.front() != '/') return false;
    const std::string_view wanted = take_segment(pattern);
    const std::string_view given = take_segment(path);
    if (given.empty() || (wanted != "*" && wanted != given)) return false;
  }
  return pattern.empty() && path.empty();
}

}  // namespace

const Operation& operation_of(http::Method method, std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  const auto* const found = std::find_if(kOperations.begin(), kOperations.end(), [&](const Operation& operation) {
    return operation.method == method && matches(operation.pattern, path);
  });
  if (found != kOperations.end()) return *found;
  return http::is_read(method) ? kNeutralRead : kNeutralWrite;
}

}  // namespace apmcp::agentphone

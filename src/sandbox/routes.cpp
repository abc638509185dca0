#include <array>

#include "sandbox/operations.h"

namespace apmcp::sandbox {
namespace {

constexpr std::array<FieldRule, 2> kPageRules = {{
    {.name = "limit", .kind = FieldKind::kInteger, .min = 1, .max = 100},
    {.name = "offset", .kind = FieldKind::kInteger, .min = 0},
}};

}  // namespace

Rules page_rules() {
  return kPageRules;
}

// The whole API of the brief at a glance. Throttles are those of the vendor's reference, per key and minute.
std::span<const Route> routes() {
  static const std::array<Route, 31> table = {{
      {"POST", "/v0/agent/sign-up", start_sign_up, sign_up_rules(), {}, 10, false, true},
      {"POST", "/v0/agent/verify", finish_sign_up, verify_rules(), {}, 20, false, true},
      {"GET", "/v1/usage", get_usage, {}, {}},
      {"GET", "/v1/agents/voices", list_voices, {}, {}},
      {"GET", "/v1/agents", list_agents, {}, page_rules()},
      {"POST", "/v1/agents", create_agent, create_agent_rules(), {}, 30, true, true},
      {"GET", "/v1/agents/{}", get_agent, {}, {}},
      {"PATCH", "/v1/agents/{}", update_agent, update_agent_rules(), {}, 20, true, true},
      {"DELETE", "/v1/agents/{}", delete_agent, {}, {}, 30},
      {"POST", "/v1/agents/{}/numbers", attach_number, attach_number_rules(), {}, 0, true, true},
      {"DELETE", "/v1/agents/{}/numbers/{}", detach_number, {}, {}},
      {"GET", "/v1/agents/{}/conversations", list_agent_conversations, {}, page_rules()},
      {"GET", "/v1/agents/{}/calls", list_agent_calls, {}, page_rules()},
      {"GET", "/v1/agents/{}/webhook", get_agent_webhook, {}, {}},
      {"POST", "/v1/agents/{}/webhook", set_agent_webhook, webhook_rules(), {}, 10, true, true},
      {"GET", "/v1/numbers", list_numbers, {}, page_rules()},
      {"POST", "/v1/numbers", buy_number, buy_number_rules(), {}, 20},
      {"DELETE", "/v1/numbers/{}", release_number, {}, {}, 60},
      {"GET", "/v1/numbers/{}/messages", list_messages, {}, message_page_rules()},
      {"POST", "/v1/messages", send_message, send_message_rules(), {}, 0, true, true},
      {"GET", "/v1/conversations", list_conversations, {}, page_rules()},
      {"GET", "/v1/conversations/{}", get_conversation, {}, conversation_rules()},
      {"GET", "/v1/calls", list_calls, {}, call_filter_rules()},
      {"POST", "/v1/calls", place_call, place_call_rules(), {}, 120, true, true},
      {"GET", "/v1/calls/{}", get_call, {}, call_wait_rules()},
      {"POST", "/v1/calls/{}/end", end_call, {}, {}},
      {"GET", "/v1/calls/{}/transcript", get_transcript, {}, {}},
      {"GET", "/v1/calls/{}/transcript/stream", stream_transcript, {}, {}},
      {"GET", "/v1/webhooks", get_webhook, {}, {}},
      {"POST", "/v1/webhooks", set_webhook, webhook_rules(), {}, 10, true, true},
      {"POST", "/v1/webhooks/test", test_webhook, {}, {}, 10},
  }};
  return table;
}

}  // namespace apmcp::sandbox

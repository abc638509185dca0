#include <array>

#include "sandbox/deliveries.h"
#include "sandbox/operations.h"
#include "sandbox/rows.h"

namespace apmcp::sandbox {
namespace {

constexpr std::array<FieldRule, 3> kWebhookRules = {{
    {.name = "url", .required = true, .min = 1, .max = 2048, .fits = is_http_url, .pattern = "^https?://.+"},
    {.name = "contextLimit", .kind = FieldKind::kInteger, .min = 0, .max = 50},
    {.name = "timeout", .kind = FieldKind::kInteger, .min = 5, .max = 120},
}};

std::int64_t integer_of(const Json& body, const std::string& name, std::int64_t fallback) {
  const auto found = body.find(name);
  return found != body.end() && found->is_number_integer() ? found->get<std::int64_t>() : fallback;
}

/// Setting keeps the id of the webhook it replaces and nothing else: the old secret stops at once.
Webhook webhook_from(const Context& in, const Webhook* replaced) {
  return {.id = replaced == nullptr ? in.world.next_id("wh") : replaced->id,
          .url = text_of(in.body, "url").value_or(""),
          .secret = "whsec_" + in.world.random.token(),
          .context_limit = integer_of(in.body, "contextLimit", 10),
          .timeout_seconds = integer_of(in.body, "timeout", 30),
          .created = in.world.now()};
}

/// Both sets of names that clients read.
Json test_answer(bool success, const Json& status, const Json& took, const Json& error) {
  return {{"success", success},   {"httpStatus", status}, {"errorMessage", error},
          {"statusCode", status}, {"responseMs", took},   {"error", error}};
}

Reply test_reply(const PostResult& result) {
  const bool success = result.status >= 200 && result.status < 300;
  Json error = nullptr;
  if (!success)
    error = result.status == 0 ? result.error : "The endpoint answered " + std::to_string(result.status) + ".";
  const Json status = result.status == 0 ? Json(nullptr) : Json(result.status);
  const Json took = result.status == 0 ? Json(nullptr) : Json(result.took.count());
  return ok(test_answer(success, status, took, error));
}

}  // namespace

Rules webhook_rules() {
  return kWebhookRules;
}

Reply get_webhook(Context& in) {
  return ok(in.account->webhook ? webhook_row(*in.account->webhook) : Json(nullptr));
}

Reply set_webhook(Context& in) {
  const Webhook* old = in.account->webhook ? &*in.account->webhook : nullptr;
  in.account->webhook = webhook_from(in, old);
  return ok(webhook_row(*in.account->webhook));
}

Reply get_agent_webhook(Context& in) {
  if (find_in(in.account->agents, in.ids[0]) == nullptr) return refuse(404, "Agent not found.");
  const Webhook* webhook = find_in(in.account->agent_webhooks, in.ids[0]);
  return ok(webhook == nullptr ? Json(nullptr) : webhook_row(*webhook));
}

Reply set_agent_webhook(Context& in) {
  if (find_in(in.account->agents, in.ids[0]) == nullptr) return refuse(404, "Agent not found.");
  const Webhook fresh = webhook_from(in, find_in(in.account->agent_webhooks, in.ids[0]));
  in.account->agent_webhooks.insert_or_assign(in.ids[0], fresh);
  return ok(webhook_row(fresh));
}

Reply test_webhook(Context& in) {
  std::string agent_id = query_text(in.query, "agentId");
  if (!agent_id.empty() && find_in(in.account->agents, agent_id) == nullptr) return refuse(404, "Agent not found.");
  const Webhook* webhook = in.account->webhook_for(agent_id);
  if (webhook == nullptr) return refuse(404, "No webhook is configured.");
  if (agent_id.empty() && !in.account->agents.empty()) agent_id = in.account->agents.begin()->first;
  in.post = test_delivery(in.world, *in.account, *webhook, agent_id);
  ++in.account->deliveries_total;
  in.finish = [account_id = in.account->id](World& world, const PostResult& result) {
    Account* account = world.account_by_id(account_id);
    if (account != nullptr) {
      const bool success = result.status >= 200 && result.status < 300;
      ++(success ? account->deliveries_ok : account->deliveries_failed);
    }
    return test_reply(result);
  };
  return {};
}

}  // namespace apmcp::sandbox

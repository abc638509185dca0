#include "sandbox/deliveries.h"

#include <algorithm>
#include <array>

#include "base/json_parse.h"
#include "sandbox/happenings.h"
#include "sandbox/rows.h"
#include "webhook/signature.h"

namespace apmcp::sandbox {
namespace {

using namespace std::chrono_literals;

/// Waits between the six attempts of an event (vendor guide).
constexpr std::array<std::chrono::minutes, 5> kRetryWaits = {5min, 30min, 2h, 6h, 12h};

Json envelope(const World& world, const std::string& event, const std::string& channel, const std::string& agent_id,
              Json data) {
  return {{"event", event},
          {"channel", channel},
          {"timestamp", iso8601(world.now())},
          {"agentId", or_null(agent_id)},
          {"data", std::move(data)}};
}

Json text_history(const Conversation& conversation, std::int64_t limit, const std::string& but) {
  Json rows = Json::array();
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
  std::vector<const Message*> recent;
  for (auto it = conversation.messages.rbegin(); it != conversation.messages.rend() && recent.size() < wanted; ++it) {
    if (it->id != but) recent.push_back(&*it);
  }
  std::reverse(recent.begin(), recent.end());
  for (const Message* message : recent) {
    rows.push_back({{"messageId", message->id},
                    {"content", message->body},
                    {"direction", message->inbound ? "inbound" : "outbound"},
                    {"channel", message->channel()},
                    {"at", iso8601(message->at)}});
  }
  return rows;
}

Json text_data(const std::string& message_id, const std::string& conversation_id, const std::string& number_id,
               const Message& message) {
  return {{"messageId", message_id},
          {"conversationId", conversation_id},
          {"numberId", number_id},
          {"from", message.from},
          {"to", message.to},
          {"contact", nullptr},
          {"message", message.body},
          {"mediaUrl", message.media.empty() ? Json(nullptr) : Json(message.media.front())},
          {"mediaUrls", message.media},
          {"direction", "inbound"},
          {"receivedAt", iso8601(message.at)}};
}

Json flat_transcript(const Call& call) {
  Json rows = Json::array();
  for (const Turn& turn : call.turns) {
    if (!turn.heard.empty()) rows.push_back({{"role", "user"}, {"content", turn.heard}});
    if (turn.spoken && !turn.spoken->empty()) rows.push_back({{"role", "agent"}, {"content", *turn.spoken}});
  }
  return rows;
}

Json turn_history(const Call& call, std::int64_t limit, const std::string& but) {
  std::vector<Json> rows;
  for (const Turn& turn : call.turns) {
    if (!turn.heard.empty() && turn.id != but) {
      rows.push_back(
          {{"content", turn.heard}, {"direction", "inbound"}, {"channel", "voice"}, {"at", iso8601(turn.at)}});
    }
    if (turn.spoken && !turn.spoken->empty()) {
      rows.push_back(
          {{"content", *turn.spoken}, {"direction", "outbound"}, {"channel", "voice"}, {"at", iso8601(turn.at)}});
    }
  }
  const std::size_t keep = std::min(rows.size(), static_cast<std::size_t>(std::max<std::int64_t>(limit, 0)));
  return std::vector<Json>(rows.end() - static_cast<std::ptrdiff_t>(keep), rows.end());
}

Delivery delivery_to(const Webhook& webhook, const Account& account, const std::string& id, const std::string& event,
                     const Json& body) {
  return {.id = id,
          .account_id = account.id,
          .url = webhook.url,
          .secret = webhook.secret,
          .event = event,
          .body = dump_json(body),
          .timeout_seconds = webhook.timeout_seconds};
}

void queue(World& world, Account& account, Delivery delivery) {
  ++account.deliveries_total;
  world.ready.push_back(std::move(delivery));
}

/// A refusal by the endpoint that will not change by itself.
bool is_permanent(int status) {
  return status >= 400 && status < 500 && status != 408 && status != 429;
}

}  // namespace

void announce_text(World& world, Account& account, const Conversation& conversation, const Message& message) {
  const Webhook* webhook = account.webhook_for(conversation.agent_id);
  if (webhook == nullptr) return;
  Json body = envelope(world, "agent.message", std::string(message.channel()), conversation.agent_id,
                       text_data(message.id, conversation.id, conversation.number_id, message));
  body["conversationState"] = nullptr;
  body["recentHistory"] = text_history(conversation, webhook->context_limit, message.id);
  queue(world, account,
        delivery_to(*webhook, account, "del_" + message.id + "_" + conversation.number_id, "agent.message", body));
}

bool ask_for_turn(World& world, Account& account, const Call& call, const Turn& turn) {
  const Webhook* webhook = account.webhook_for(call.agent_id);
  if (webhook == nullptr) return false;
  Json body = envelope(world, "agent.message", "voice", call.agent_id,
                       {{"callId", call.id},
                        {"numberId", call.number_id},
                        {"from", call.from},
                        {"to", call.to},
                        {"status", call.status},
                        {"transcript", turn.heard},
                        {"confidence", 0.95},
                        {"direction", call.inbound ? "inbound" : "outbound"}});
  body["conversationState"] = nullptr;
  body["recentHistory"] = turn_history(call, webhook->context_limit, turn.id);
  Delivery delivery = delivery_to(*webhook, account, "del_" + turn.id + "_" + call.number_id, "agent.message", body);
  delivery.call_id = call.id;
  delivery.turn_id = turn.id;
  queue(world, account, std::move(delivery));
  return true;
}

void announce_call_end(World& world, Account& account, const Call& call) {
  const Webhook* webhook = account.webhook_for(call.agent_id);
  if (webhook == nullptr || !call.ended) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*call.ended - call.started).count();
  const Json body = envelope(world, "agent.call_ended", "voice", call.agent_id,
                             {{"callId", call.id},
                              {"numberId", call.number_id},
                              {"from", call.from},
                              {"to", call.to},
                              {"contact", nullptr},
                              {"direction", call.inbound ? "inbound" : "outbound"},
                              {"status", call.status},
                              {"startedAt", iso8601(call.started)},
                              {"endedAt", iso8601(*call.ended)},
                              {"durationSeconds", seconds},
                              {"disconnectionReason", call.plan.reason},
                              {"transcript", flat_transcript(call)},
                              {"summary", or_null(call.plan.summary)},
                              {"userSentiment", call.plan.sentiment},
                              {"callSuccessful", call.plan.successful}});
  queue(world, account,
        delivery_to(*webhook, account, "del_" + call.id + "_" + call.number_id, "agent.call_ended", body));
}

Delivery test_delivery(World& world, const Account& account, const Webhook& webhook, const std::string& agent_id) {
  const Number* number = account.first_number(agent_id);
  const Message message{.id = world.next_id("msg"),
                        .from = "+14155550100",
                        .to = number == nullptr ? "+14155550200" : number->e164,
                        .body = "This is a test message from AgentPhone.",
                        .inbound = true,
                        .media = {},
                        .at = world.now()};
  Json body =
      envelope(world, "agent.message", "sms", agent_id,
               text_data(message.id, world.next_id("conv"), number == nullptr ? "num_test" : number->id, message));
  body["conversationState"] = {{"testMode", true}};
  body["recentHistory"] = Json::array();
  return delivery_to(webhook, account, "del_" + message.id + "_test", "agent.message", body);
}

PostJob job_for(const Delivery& delivery, TimePoint wall) {
  const std::string timestamp =
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(wall.time_since_epoch()).count());
  return {.url = delivery.url,
          .body = delivery.body,
          .headers = {{"Content-Type", "application/json"},
                      {"X-Webhook-Event", delivery.event},
                      {"X-Webhook-ID", delivery.id},
                      {"X-Webhook-Timestamp", timestamp},
                      {"X-Webhook-Signature", webhook::sign(delivery.secret, timestamp, delivery.body)}},
          .timeout = std::chrono::seconds{delivery.timeout_seconds}};
}

void finish_attempt(World& world, Delivery delivery, const PostResult& result) {
  Account* account = world.account_by_id(delivery.account_id);
  if (account == nullptr) return;
  const bool accepted = result.status >= 200 && result.status < 300;
  ++delivery.attempts;
  if (!delivery.turn_id.empty()) answer_turn(world, delivery, accepted ? result.body : std::string());
  if (accepted) {
    ++account->deliveries_ok;
    return;
  }
  // A voice turn is live: asked again later, its answer would be spoken into another sentence.
  const bool last = !delivery.turn_id.empty() || is_permanent(result.status) || !parse_loopback_url(delivery.url) ||
                    delivery.attempts > kRetryWaits.size();
  if (last) {
    ++account->deliveries_failed;
    return;
  }
  const std::chrono::minutes wait = kRetryWaits[delivery.attempts - 1];
  world.after(wait, [again = std::move(delivery)](World& later) { later.ready.push_back(again); });
}

}  // namespace apmcp::sandbox

#include "agentphone/models_json.h"

#include <algorithm>
#include <string_view>

#include "base/json_reader.h"

namespace apmcp::agentphone {
namespace {

std::string text_or_empty(JsonReader& in, std::string_view key) {
  return in.opt_str(key).value_or(std::string());
}

/// The first of two spellings that is there.
std::string either(JsonReader& in, std::string_view key, std::string_view other) {
  auto text = in.opt_str(key);
  return text ? *std::move(text) : text_or_empty(in, other);
}

std::int64_t count(JsonReader& in, std::string_view key) {
  return in.opt_integer(key).value_or(0);
}

template <typename Model>
Result<Model> finish(const JsonReader& in, Model model) {
  if (in.failed()) return in.error(ErrorCode::kInvalidUpstream);
  return model;
}

Result<AgentNumber> agent_number_from_json(const Json& json) {
  JsonReader in(json, "number");
  AgentNumber number{.id = in.str("id"),
                     .phone_number = text_or_empty(in, "phoneNumber"),
                     .status = text_or_empty(in, "status"),
                     .type = text_or_empty(in, "type")};
  return finish(in, std::move(number));
}

Result<TranscriptTurn> turn_from_json(const Json& json) {
  JsonReader in(json, "transcript turn");
  TranscriptTurn turn{.transcript = text_or_empty(in, "transcript"),
                      .response = in.opt_str("response"),
                      .created_at = text_or_empty(in, "createdAt")};
  return finish(in, std::move(turn));
}

void read_stats(const Json& json, Usage& usage) {
  JsonReader in(json, "stats");
  usage.total_messages = count(in, "totalMessages");
  usage.messages_last_24h = count(in, "messagesLast24h");
  usage.messages_last_7d = count(in, "messagesLast7d");
  usage.messages_last_30d = count(in, "messagesLast30d");
  usage.total_calls = count(in, "totalCalls");
  usage.calls_last_24h = count(in, "callsLast24h");
  usage.calls_last_7d = count(in, "callsLast7d");
  usage.calls_last_30d = count(in, "callsLast30d");
  usage.webhook_deliveries = count(in, "totalWebhookDeliveries");
  usage.webhook_deliveries_ok = count(in, "successfulWebhookDeliveries");
  usage.webhook_deliveries_failed = count(in, "failedWebhookDeliveries");
}

/// The agent's list may leave the direction out; the own line tells it.
std::string direction_from_line(const Call& call, const std::optional<std::string>& own_line) {
  if (!own_line || own_line->empty()) return {};
  if (*own_line == call.from_number) return "outbound";
  if (*own_line == call.to_number) return "inbound";
  return {};
}

}  // namespace

Result<SignUp> sign_up_from_json(const Json& json) {
  JsonReader in(json, "sign-up");
  SignUp sign_up{.verification_id = in.str("verification_id"),
                 .human_email = text_or_empty(in, "human_email"),
                 .expires_at = text_or_empty(in, "expires_at"),
                 .message = text_or_empty(in, "message")};
  return finish(in, std::move(sign_up));
}

Result<Verified> verified_from_json(const Json& json) {
  JsonReader in(json, "verification");
  Verified verified{.account_id = text_or_empty(in, "account_id"),
                    .agent_id = text_or_empty(in, "agent_id"),
                    .number_id = text_or_empty(in, "number_id"),
                    .phone_number = text_or_empty(in, "phone_number")};
  return finish(in, std::move(verified));
}

Result<Usage> usage_from_json(const Json& json) {
  JsonReader in(json, "usage");
  Usage usage;
  // Three generations: an object with a name, a bare name, or no plan at all.
  usage.plan = text_or_empty(in, "plan");
  if (const Json* plan = in.object("plan")) {
    JsonReader plan_in(*plan, "plan");
    usage.plan = text_or_empty(plan_in, "name");
  }
  if (const Json* numbers = in.object("numbers")) {
    JsonReader numbers_in(*numbers, "numbers");
    usage.numbers_used = count(numbers_in, "used");
    usage.numbers_limit = count(numbers_in, "limit");
    usage.numbers_remaining = numbers_in.opt_integer("remaining")
                                  .value_or(std::max<std::int64_t>(0, usage.numbers_limit - usage.numbers_used));
  }
  if (const Json* stats = in.object("stats")) read_stats(*stats, usage);
  return finish(in, std::move(usage));
}

Result<Agent> agent_from_json(const Json& json) {
  JsonReader in(json, "agent");
  Agent agent{.id = in.str("id"),
              .name = text_or_empty(in, "name"),
              .voice_mode = text_or_empty(in, "voiceMode"),
              .voice = text_or_empty(in, "voice"),
              .model_tier = text_or_empty(in, "modelTier"),
              .language = text_or_empty(in, "language"),
              .created_at = text_or_empty(in, "createdAt"),
              .description = in.opt_str("description"),
              .system_prompt = in.opt_str("systemPrompt"),
              .begin_message = in.opt_str("beginMessage"),
              .transfer_number = in.opt_str("transferNumber"),
              .voicemail_message = in.opt_str("voicemailMessage"),
              .call_screening_identity = in.opt_str("callScreeningIdentity"),
              .call_screening_purpose = in.opt_str("callScreeningPurpose")};
  if (const Json* numbers = in.array("numbers")) {
    auto rows = rows_from_json(*numbers, agent_number_from_json);
    if (!rows) return std::move(rows).error();
    agent.numbers = *std::move(rows);
  }
  return finish(in, std::move(agent));
}

Result<DeletedAgent> deleted_agent_from_json(const Json& json) {
  JsonReader in(json, "deleted agent");
  DeletedAgent deleted{.id = text_or_empty(in, "id"), .name = text_or_empty(in, "name")};
  return finish(in, std::move(deleted));
}

Result<AttachedNumber> attached_number_from_json(const Json& json) {
  JsonReader in(json, "attached number");
  AttachedNumber attached{.agent_id = text_or_empty(in, "agentId")};
  if (const Json* number = in.object("number")) {
    auto row = agent_number_from_json(*number);
    if (!row) return std::move(row).error();
    attached.number = *std::move(row);
  }
  return finish(in, std::move(attached));
}

Result<Voice> voice_from_json(const Json& json) {
  JsonReader in(json, "voice");
  Voice voice{.voice_id = in.str("voice_id"),
              .voice_name = text_or_empty(in, "voice_name"),
              .provider = text_or_empty(in, "provider"),
              .gender = in.opt_str("gender"),
              .accent = in.opt_str("accent"),
              .preview_audio_url = in.opt_str("preview_audio_url")};
  return finish(in, std::move(voice));
}

Result<PhoneNumber> phone_number_from_json(const Json& json) {
  JsonReader in(json, "number");
  PhoneNumber number{.id = in.str("id"),
                     .phone_number = text_or_empty(in, "phoneNumber"),
                     .country = text_or_empty(in, "country"),
                     .status = text_or_empty(in, "status"),
                     .type = text_or_empty(in, "type"),
                     .created_at = text_or_empty(in, "createdAt"),
                     .agent_id = in.opt_str("agentId"),
                     .outbound_sms = in.opt_str("outboundSms")};
  return finish(in, std::move(number));
}

Result<ReleasedNumber> released_number_from_json(const Json& json) {
  JsonReader in(json, "released number");
  ReleasedNumber released{.phone_number = text_or_empty(in, "phoneNumber"), .status = text_or_empty(in, "status")};
  return finish(in, std::move(released));
}

Result<SentMessage> sent_message_from_json(const Json& json) {
  JsonReader in(json, "message");
  SentMessage sent{.id = in.str("id"),
                   .status = text_or_empty(in, "status"),
                   .channel = text_or_empty(in, "channel"),
                   .from_number = text_or_empty(in, "from_number"),
                   .to_number = text_or_empty(in, "to_number"),
                   .conversation_id = in.opt_str("conversation_id")};
  return finish(in, std::move(sent));
}

Result<Message> message_from_json(const Json& json) {
  JsonReader in(json, "message");
  Message message{.id = in.str("id"),
                  .from_number = in.opt_str("fromNumber").value_or(either(in, "from_", "from")),
                  .to_number = either(in, "toNumber", "to"),
                  .body = text_or_empty(in, "body"),
                  .direction = text_or_empty(in, "direction"),
                  .channel = text_or_empty(in, "channel"),
                  .received_at = text_or_empty(in, "receivedAt"),
                  .media_urls = in.strings("mediaUrls")};
  if (auto single = in.opt_str("mediaUrl"); single && message.media_urls.empty()) {
    message.media_urls.push_back(*std::move(single));
  }
  return finish(in, std::move(message));
}

Result<Conversation> conversation_from_json(const Json& json) {
  JsonReader in(json, "conversation");
  Conversation conversation{.id = in.str("id"),
                            .phone_number_id = text_or_empty(in, "phoneNumberId"),
                            .phone_number = text_or_empty(in, "phoneNumber"),
                            .participant = text_or_empty(in, "participant"),
                            .created_at = text_or_empty(in, "createdAt"),
                            .agent_id = in.opt_str("agentId"),
                            .last_message_at = in.opt_str("lastMessageAt"),
                            .last_message_preview = in.opt_str("lastMessagePreview"),
                            .message_count = count(in, "messageCount")};
  if (const Json* messages = in.array("messages")) {
    auto rows = rows_from_json(*messages, message_from_json);
    if (!rows) return std::move(rows).error();
    conversation.messages = *std::move(rows);
  }
  return finish(in, std::move(conversation));
}

Result<Call> call_from_json(const Json& json) {
  JsonReader in(json, "call");
  Call call{.id = in.str("id"),
            .from_number = text_or_empty(in, "fromNumber"),
            .to_number = text_or_empty(in, "toNumber"),
            .direction = text_or_empty(in, "direction"),
            .status = text_or_empty(in, "status"),
            .started_at = text_or_empty(in, "startedAt"),
            .agent_id = in.opt_str("agentId"),
            .phone_number_id = in.opt_str("phoneNumberId"),
            .ended_at = in.opt_str("endedAt"),
            .last_transcript_snippet = in.opt_str("lastTranscriptSnippet"),
            .duration_seconds = in.opt_integer("durationSeconds"),
            .transcripts = {},
            .disconnection_reason = in.opt_str("disconnectionReason"),
            .summary = in.opt_str("summary"),
            .user_sentiment = in.opt_str("userSentiment")};
  if (call.direction.empty()) call.direction = direction_from_line(call, in.opt_str("phoneNumber"));
  if (const Json* transcripts = in.array("transcripts")) {
    auto rows = rows_from_json(*transcripts, turn_from_json);
    if (!rows) return std::move(rows).error();
    call.transcripts = *std::move(rows);
  }
  return finish(in, std::move(call));
}

Result<EndedCall> ended_call_from_json(const Json& json) {
  JsonReader in(json, "call");
  EndedCall ended{.id = text_or_empty(in, "id"), .status = text_or_empty(in, "status")};
  return finish(in, std::move(ended));
}

Result<Webhook> webhook_from_json(const Json& json) {
  JsonReader in(json, "webhook");
  Webhook webhook{.id = text_or_empty(in, "id"),
                  .url = in.str("url"),
                  .secret = text_or_empty(in, "secret"),
                  .status = text_or_empty(in, "status"),
                  .created_at = text_or_empty(in, "createdAt"),
                  .context_limit = in.opt_integer("contextLimit").value_or(10),
                  .timeout_seconds = in.opt_integer("timeout").value_or(30)};
  return finish(in, std::move(webhook));
}

Result<WebhookTest> webhook_test_from_json(const Json& json) {
  JsonReader in(json, "webhook test");
  WebhookTest test{.success = in.boolean("success"),
                   .http_status = in.opt_integer("httpStatus"),
                   .response_ms = in.opt_integer("responseMs"),
                   .error_message = in.opt_str("errorMessage")};
  if (!test.http_status) test.http_status = in.opt_integer("statusCode");
  if (!test.error_message) test.error_message = in.opt_str("error");
  return finish(in, std::move(test));
}

bool has_more_from_json(const Json& json, std::size_t rows, std::int64_t offset, std::int64_t limit) {
  if (!json.is_object()) return false;
  JsonReader in(json, "page");
  if (const auto said = in.opt_boolean("hasMore")) return *said;
  const auto shown = static_cast<std::int64_t>(rows);
  if (const auto total = in.opt_integer("total")) return offset + shown < *total;
  return shown > 0 && shown >= limit;
}

std::optional<std::int64_t> total_from_json(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  JsonReader in(json, "page");
  return in.opt_integer("total");
}

}  // namespace apmcp::agentphone

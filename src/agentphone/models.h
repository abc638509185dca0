#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agentphone_mcp/result.h"

// What the AgentPhone API takes and gives, in our words and one casing. Field by field after the published contract
// (OpenAPI of 2026-10, SDK 1.0.17); members a service version may leave out or send as null are optional or have a
// neutral default. Times are ISO 8601 text as sent. Unknown members of answers are ignored.
namespace apmcp::agentphone {

template <typename T>
struct Page {
  std::vector<T> data;
  bool has_more = false;
  std::optional<std::int64_t> total;
};

inline constexpr std::int64_t kDefaultPage = 20;

/// Offset paging: limit 1-100 (kDefaultPage when absent), offset >= 0.
struct PageQuery {
  std::optional<std::int64_t> limit;
  std::optional<std::int64_t> offset;
};

struct SignUpRequest {
  std::string human_email;
  std::optional<std::string> agent_name;
};

struct SignUp {
  std::string verification_id, human_email, expires_at, message;
};

struct VerifyRequest {
  std::string verification_id, otp_code;
};

/// The key itself goes straight to Credentials and is not part of this.
struct Verified {
  std::string account_id, agent_id, number_id, phone_number;
  std::string key_location;  ///< where the key is kept now, for people
  std::string key_warning;   ///< not empty when it could not be stored
};

struct Usage {
  std::string plan;  ///< empty when the service names none
  std::int64_t numbers_used = 0, numbers_limit = 0, numbers_remaining = 0;
  std::int64_t total_messages = 0, messages_last_24h = 0, messages_last_7d = 0, messages_last_30d = 0;
  std::int64_t total_calls = 0, calls_last_24h = 0, calls_last_7d = 0, calls_last_30d = 0;
  std::int64_t webhook_deliveries = 0, webhook_deliveries_ok = 0, webhook_deliveries_failed = 0;
};

struct AgentNumber {
  std::string id, phone_number, status, type;
};

struct Agent {
  std::string id, name, voice_mode, voice, model_tier, language, created_at;
  std::optional<std::string> description, system_prompt, begin_message, transfer_number, voicemail_message;
  std::optional<std::string> call_screening_identity, call_screening_purpose;
  std::vector<AgentNumber> numbers;
};

/// Create and update. Absent members keep their value on update and take the service's default on create.
struct AgentSettings {
  std::optional<std::string> name, description, voice_mode, system_prompt, begin_message, voice, model_tier;
  std::optional<std::string> transfer_number, voicemail_message, language;
  std::optional<std::string> call_screening_identity, call_screening_purpose;
};

struct DeletedAgent {
  std::string id, name;
};

struct AttachedNumber {
  std::string agent_id;
  AgentNumber number;
};

struct Voice {
  std::string voice_id, voice_name, provider;
  std::optional<std::string> gender, accent, preview_audio_url;
};

struct PhoneNumber {
  std::string id, phone_number, country, status, type, created_at;
  std::optional<std::string> agent_id, outbound_sms;
};

struct BuyNumberRequest {
  std::string country;  ///< "US" or "CA"
  std::optional<std::string> area_code, agent_id;
};

struct ReleasedNumber {
  std::string phone_number, status;
};

struct SendMessageRequest {
  std::string agent_id, to_number, body;
  std::optional<std::string> media_url, number_id;
};

struct SentMessage {
  std::string id, status, channel, from_number, to_number;
  std::optional<std::string> conversation_id;
};

/// Rows of a number's messages (from_/to on the wire) and of a conversation (fromNumber/toNumber) in one shape.
struct Message {
  std::string id, from_number, to_number, body, direction, channel, received_at;
  std::vector<std::string> media_urls;
};

/// Cursor paging: limit 1-200 (50), before and after are exclusive ISO times; newest first.
struct MessageQuery {
  std::optional<std::int64_t> limit;
  std::optional<std::string> before, after;
};

struct Conversation {
  std::string id, phone_number_id, phone_number, participant, created_at;
  std::optional<std::string> agent_id, last_message_at, last_message_preview;
  std::int64_t message_count = 0;
  std::vector<Message> messages;  ///< only from get_conversation, newest first
};

struct PlaceCallRequest {
  std::string agent_id, to_number;
  std::optional<std::string> system_prompt, initial_greeting, from_number_id, voice;
};

struct TranscriptTurn {
  std::string transcript;               ///< the far end's words; may be empty on the opening row
  std::optional<std::string> response;  ///< the agent's answer; absent while it is pending
  std::string created_at;
};

/// One sentence of a call, as the live stream tells it.
struct SpokenTurn {
  bool by_agent = false;  ///< else the far end
  std::string content, created_at;
};

struct Call {
  std::string id, from_number, to_number, direction, status, started_at;
  std::optional<std::string> agent_id, phone_number_id, ended_at, last_transcript_snippet;
  std::optional<std::int64_t> duration_seconds;
  std::vector<TranscriptTurn> transcripts;  ///< only from get_call; partial while the call is live
  /// Documented for the event agent.call_ended; taken here wherever the service says them.
  std::optional<std::string> disconnection_reason, summary, user_sentiment;

  /// Not live any more. The set of states is open: queued, ringing, in-progress and ending are live, all else is over.
  [[nodiscard]] bool is_over() const;
};

struct EndedCall {
  std::string id, status;
};

struct CallQuery {
  PageQuery page;
  std::optional<std::string> status, direction, search;
};

struct Webhook {
  std::string id, url, secret, status, created_at;
  std::int64_t context_limit = 0, timeout_seconds = 0;
};

struct SetWebhookRequest {
  std::string url;
  std::optional<std::int64_t> context_limit;    ///< 0-50
  std::optional<std::int64_t> timeout_seconds;  ///< 5-120, voice turns
};

struct WebhookTest {
  bool success = false;
  std::optional<std::int64_t> http_status, response_ms;
  std::optional<std::string> error_message;
};

}  // namespace apmcp::agentphone

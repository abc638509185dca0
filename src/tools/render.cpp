#include "tools/render.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/secret.h"
#include "base/utf8.h"
#include "tools/untrusted.h"

namespace apmcp::tools {
namespace {

void put_untrusted(Json& object, std::string_view key, const std::optional<std::string>& value) {
  if (!value || value->empty()) return;
  UntrustedText text = untrusted_text(*value);
  object[std::string(key)] = std::move(text.text);
  if (text.was_cut) object[std::string(key) + "_cut"] = true;
}

}  // namespace

Json numbers_of(const agentphone::Agent& agent) {
  Json numbers = Json::array();
  for (const auto& number : agent.numbers) numbers.push_back(attached_number(number));
  return numbers;
}

Json object_with_room(std::size_t members) {
  Json object = Json::object();
  object.get_ref<Json::object_t&>().reserve(members);
  return object;
}

void put(Json& object, std::string_view key, const std::string& value) {
  if (!value.empty()) object[std::string(key)] = value;
}

void put(Json& object, std::string_view key, const std::optional<std::string>& value) {
  if (value) put(object, key, *value);
}

void put(Json& object, std::string_view key, const std::optional<std::int64_t>& value) {
  if (value) object[std::string(key)] = *value;
}

Json attached_number(const agentphone::AgentNumber& number) {
  Json out{{"number_id", number.id}, {"phone_number", number.phone_number}};
  put(out, "status", number.status);
  return out;
}

Json agent_row(const agentphone::Agent& agent) {
  Json out{{"agent_id", agent.id}, {"name", agent.name}};
  put(out, "voice_mode", agent.voice_mode);
  out["numbers"] = numbers_of(agent);
  return out;
}

Json agent_details(const agentphone::Agent& agent) {
  Json out{{"agent_id", agent.id}, {"name", agent.name}};
  put(out, "description", agent.description);
  put(out, "voice_mode", agent.voice_mode);
  put(out, "system_prompt", agent.system_prompt);
  put(out, "begin_message", agent.begin_message);
  put(out, "voice", agent.voice);
  put(out, "model_tier", agent.model_tier);
  put(out, "language", agent.language);
  put(out, "transfer_number", agent.transfer_number);
  put(out, "voicemail_message", agent.voicemail_message);
  put(out, "call_screening_identity", agent.call_screening_identity);
  put(out, "call_screening_purpose", agent.call_screening_purpose);
  put(out, "created_at", agent.created_at);
  out["numbers"] = numbers_of(agent);
  return out;
}

Json number_row(const agentphone::PhoneNumber& number) {
  Json out = object_with_room(7);
  out["number_id"] = number.id;
  out["phone_number"] = number.phone_number;
  put(out, "country", number.country);
  put(out, "status", number.status);
  put(out, "agent_id", number.agent_id);
  put(out, "outbound_sms", number.outbound_sms);
  put(out, "created_at", number.created_at);
  return out;
}

Json message_row(const agentphone::Message& message) {
  Json out = object_with_room(9);
  out["message_id"] = message.id;
  out["from_number"] = message.from_number;
  out["to_number"] = message.to_number;
  out["direction"] = message.direction;
  put(out, "channel", message.channel);
  put(out, "received_at", message.received_at);
  UntrustedText body = untrusted_text(message.body);
  out["body"] = std::move(body.text);
  if (body.was_cut) out["body_cut"] = true;
  if (!message.media_urls.empty()) out["media_urls"] = message.media_urls;
  return out;
}

Json conversation_row(const agentphone::Conversation& conversation) {
  Json out = object_with_room(10);
  out["conversation_id"] = conversation.id;
  out["participant"] = conversation.participant;
  out["phone_number"] = conversation.phone_number;
  out["number_id"] = conversation.phone_number_id;
  put(out, "agent_id", conversation.agent_id);
  out["message_count"] = conversation.message_count;
  put(out, "last_message_at", conversation.last_message_at);
  put_untrusted(out, "last_message", conversation.last_message_preview);
  put(out, "created_at", conversation.created_at);
  return out;
}

Json call_row(const agentphone::Call& call) {
  Json out = object_with_room(12);
  out["call_id"] = call.id;
  out["status"] = call.status;
  out["live"] = !call.is_over();
  put(out, "direction", call.direction);
  put(out, "from_number", call.from_number);
  put(out, "to_number", call.to_number);
  put(out, "started_at", call.started_at);
  put(out, "ended_at", call.ended_at);
  put(out, "duration_seconds", call.duration_seconds);
  put(out, "agent_id", call.agent_id);
  put_untrusted(out, "last_words", call.last_transcript_snippet);
  return out;
}

Json voice_row(const agentphone::Voice& voice) {
  Json row{{"voice", voice.voice_id}, {"name", voice.voice_name}};
  put(row, "provider", voice.provider);
  put(row, "gender", voice.gender);
  put(row, "accent", voice.accent);
  put(row, "preview_audio_url", voice.preview_audio_url);
  return row;
}

Json webhook_details(const agentphone::Webhook& webhook, bool of_agent, bool reveal_secret) {
  Json out{{"scope", of_agent ? "agent" : "account"}, {"url", webhook.url}};
  put(out, "status", webhook.status);
  if (!webhook.secret.empty()) {
    const Secret secret(webhook.secret);
    out["secret"] = reveal_secret ? secret.reveal() : secret.masked();
  }
  out["context_limit"] = webhook.context_limit;
  out["timeout_seconds"] = webhook.timeout_seconds;
  put(out, "created_at", webhook.created_at);
  return out;
}

Json page_info(std::optional<std::int64_t> total, bool has_more, std::int64_t offset, std::size_t rows) {
  Json page = Json::object();
  const std::int64_t next = offset + static_cast<std::int64_t>(rows);
  // One list of the service may leave hasMore out, its total then says the same.
  const bool more = rows > 0 && (has_more || (total && next < *total));
  put(page, "total", total);
  page["has_more"] = more;
  if (more) page["next_offset"] = next;
  return page;
}

Json list_result(std::string_view name, Json rows, Json page, const std::string& next_step) {
  Json out = object_with_room(3);
  out[std::string(name)] = std::move(rows);
  out["page"] = std::move(page);
  out["next_step"] = next_step;
  return out;
}

std::string page_sentence(const Json& page, std::size_t rows, std::string_view plural) {
  std::string text = std::to_string(rows);
  if (page.contains("total")) text += " of " + std::to_string(page["total"].get<std::int64_t>());
  text += " " + std::string(plural);
  if (page.contains("next_offset")) {
    text += ", more with offset " + std::to_string(page["next_offset"].get<std::int64_t>());
  }
  return text + ".";
}

std::string inline_text(std::string_view text) {
  constexpr std::size_t kLimit = 120;
  std::string line = untrusted_text(text).text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  if (line.size() <= kLimit) return line;
  std::size_t end = kLimit;
  while (end > 0 && is_continuation(line[end])) --end;
  return line.substr(0, end) + "...";
}

std::string named(std::string_view name, std::string_view id) {
  return name.empty() ? std::string(id) : inline_text(name) + " (" + std::string(id) + ")";
}

std::string message_line(const agentphone::Message& message) {
  const bool inbound = message.direction == "inbound";
  std::string who = message.received_at + " " + message.from_number + (inbound ? " (them)" : " (us)");
  if (!inbound) who += " to " + message.to_number;
  std::string line = quote_line(inline_text(who), untrusted_text(message.body));
  for (const std::string& url : message.media_urls) line += "\n    [attachment] " + inline_text(url);
  return line;
}

}  // namespace apmcp::tools

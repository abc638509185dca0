#include "sandbox/rows.h"

#include <algorithm>

namespace apmcp::sandbox {
namespace {

constexpr std::size_t kPreviewCharacters = 100;

Json snippet(const Call& call) {
  if (call.turns.empty()) return nullptr;
  const Turn& last = call.turns.back();
  return or_null(cut_text(last.spoken.value_or(last.heard), kPreviewCharacters));
}

Json turn_row(const Turn& turn) {
  return {{"id", turn.id},
          {"transcript", turn.heard},
          {"confidence", turn.heard.empty() ? Json(nullptr) : Json(0.95)},
          {"response", turn.spoken ? Json(*turn.spoken) : Json(nullptr)},
          {"createdAt", iso8601(turn.at)}};
}

Json first_or_null(const std::vector<std::string>& media) {
  return media.empty() ? Json(nullptr) : Json(media.front());
}

Json conversation_message_row(const Message& message) {
  return {{"id", message.id},
          {"body", message.body},
          {"fromNumber", message.from},
          {"toNumber", message.to},
          {"direction", message.inbound ? "inbound" : "outbound"},
          {"senderIdentifier", nullptr},
          {"channel", message.channel()},
          {"mediaUrl", first_or_null(message.media)},
          {"mediaUrls", message.media},
          {"receivedAt", iso8601(message.at)},
          {"reactions", Json::array()},
          {"replyTo", nullptr}};
}

/// The members that the account's list and the single thread share.
Json conversation_head(const Conversation& conversation) {
  return {{"id", conversation.id},
          {"agentId", or_null(conversation.agent_id)},
          {"phoneNumberId", conversation.number_id},
          {"phoneNumber", conversation.own},
          {"participant", conversation.participant},
          {"isGroup", false},
          {"groupId", nullptr},
          {"groupName", nullptr},
          {"groupIconUrl", nullptr},
          {"participants", Json::array()},
          {"lastMessageAt", iso8601(conversation.last_at)}};
}

std::string preview(const Conversation& conversation) {
  return conversation.messages.empty() ? std::string()
                                       : cut_text(conversation.messages.back().body, kPreviewCharacters);
}

}  // namespace

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json agent_row(const Account& account, const Agent& agent) {
  Json row = agent.row;
  Json numbers = Json::array();
  for (const auto& [id, number] : account.numbers) {
    if (number.agent_id == agent.id && !number.released) numbers.push_back(agent_number_row(number));
  }
  row["numbers"] = std::move(numbers);
  return row;
}

Json agent_number_row(const Number& number) {
  return {{"id", number.id},
          {"phoneNumber", number.e164},
          {"status", number.released ? "released" : "active"},
          {"type", "sms"}};
}

Json number_row(const Number& number) {
  return {{"id", number.id},
          {"phoneNumber", number.e164},
          {"country", number.country},
          {"status", number.released ? "released" : "active"},
          {"type", "sms"},
          {"agentId", or_null(number.agent_id)},
          {"createdAt", iso8601(number.created)},
          {"outboundSms", "enabled"}};
}

Json number_message_row(const Message& message) {
  return {{"id", message.id},
          {"from_", message.from},
          {"from", message.from},
          {"to", message.to},
          {"body", message.body},
          {"direction", message.inbound ? "inbound" : "outbound"},
          {"channel", message.channel()},
          {"mediaUrl", first_or_null(message.media)},
          {"mediaUrls", message.media},
          {"receivedAt", iso8601(message.at)}};
}

Json conversation_row(const Conversation& conversation) {
  Json row = conversation_head(conversation);
  row["lastMessagePreview"] = preview(conversation);
  row["messageCount"] = conversation.messages.size();
  row["metadata"] = nullptr;
  row["createdAt"] = iso8601(conversation.created);
  return row;
}

Json agent_conversation_row(const Conversation& conversation) {
  return {{"id", conversation.id},
          {"agentId", or_null(conversation.agent_id)},
          {"phoneNumberId", conversation.number_id},
          {"phoneNumber", conversation.own},
          {"participant", conversation.participant},
          {"lastMessageAt", iso8601(conversation.last_at)},
          {"lastMessagePreview", preview(conversation)},
          {"messageCount", conversation.messages.size()},
          {"createdAt", iso8601(conversation.created)}};
}

Json conversation_detail(const Conversation& conversation, std::size_t limit) {
  Json row = conversation_head(conversation);
  row["messageCount"] = conversation.messages.size();
  row["metadata"] = nullptr;
  row["createdAt"] = iso8601(conversation.created);
  Json messages = Json::array();
  for (auto it = conversation.messages.rbegin(); it != conversation.messages.rend() && messages.size() < limit; ++it) {
    messages.push_back(conversation_message_row(*it));
  }
  row["messages"] = std::move(messages);
  return row;
}

Json call_row(const Call& call) {
  const Json ended = call.ended ? Json(iso8601(*call.ended)) : Json(nullptr);
  const Json seconds = call.ended
                           ? Json(std::chrono::duration_cast<std::chrono::seconds>(*call.ended - call.started).count())
                           : Json(nullptr);
  return {{"id", call.id},
          {"agentId", or_null(call.agent_id)},
          {"phoneNumberId", call.number_id},
          {"phoneNumber", call.own},
          {"fromNumber", call.from},
          {"toNumber", call.to},
          {"direction", call.inbound ? "inbound" : "outbound"},
          {"status", call.status},
          {"startedAt", iso8601(call.started)},
          {"endedAt", ended},
          {"durationSeconds", seconds},
          {"lastTranscriptSnippet", snippet(call)},
          {"recordingUrl", nullptr},
          {"recordingAvailable", false}};
}

Json call_detail(const Call& call) {
  Json row = call_row(call);
  Json turns = Json::array();
  for (const Turn& turn : call.turns) turns.push_back(turn_row(turn));
  row["transcripts"] = std::move(turns);
  // Documented for agent.call_ended only; whoever reads a call may find them useful too.
  if (call.ended) {
    row["disconnectionReason"] = or_null(call.plan.reason);
    row["summary"] = or_null(call.plan.summary);
    row["userSentiment"] = call.plan.sentiment;
  }
  return row;
}

std::vector<SpokenLine> spoken_lines(const Call& call) {
  std::vector<SpokenLine> lines;
  for (const Turn& turn : call.turns) {
    if (!turn.heard.empty())
      lines.push_back({.id = turn.id + "/user", .role = "user", .content = turn.heard, .at = turn.at});
    if (turn.spoken && !turn.spoken->empty()) {
      lines.push_back({.id = turn.id + "/agent", .role = "agent", .content = *turn.spoken, .at = turn.spoken_at});
    }
  }
  return lines;
}

Json spoken_row(const SpokenLine& line) {
  return {{"role", line.role}, {"content", line.content}, {"createdAt", iso8601(line.at)}};
}

Json webhook_row(const Webhook& webhook) {
  return {{"id", webhook.id},
          {"url", webhook.url},
          {"secret", webhook.secret},
          {"status", "active"},
          {"contextLimit", webhook.context_limit},
          {"timeout", webhook.timeout_seconds},
          {"createdAt", iso8601(webhook.created)}};
}

}  // namespace apmcp::sandbox

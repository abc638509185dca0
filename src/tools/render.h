#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone/models.h"
#include "agentphone_mcp/result.h"

// How the things of AgentPhone look in results: one shape and one set of names (agent_id, number_id, ...) in all tools.
// A member whose value the service did not give is left out rather than null.
namespace apmcp::tools {

/// An empty object with room for `members`. For rows: growing an object copies its keys, and a list has many rows.
Json object_with_room(std::size_t members);

/// Adds `value` unless it is absent or empty.
void put(Json& object, std::string_view key, const std::string& value);
void put(Json& object, std::string_view key, const std::optional<std::string>& value);
void put(Json& object, std::string_view key, const std::optional<std::int64_t>& value);

Json agent_row(const agentphone::Agent& agent);      ///< for lists: no prompt, no texts
Json agent_details(const agentphone::Agent& agent);  ///< everything
Json number_row(const agentphone::PhoneNumber& number);
Json attached_number(const agentphone::AgentNumber& number);
Json numbers_of(const agentphone::Agent& agent);
Json message_row(const agentphone::Message& message);  ///< body as untrusted_text(), body_cut when it was cut
Json conversation_row(const agentphone::Conversation& conversation);
Json call_row(const agentphone::Call& call);
Json voice_row(const agentphone::Voice& voice);
Json webhook_details(const agentphone::Webhook& webhook, bool of_agent, bool reveal_secret);

/// {"total", "has_more", "next_offset"}. `offset` and `rows` are those of this page.
Json page_info(std::optional<std::int64_t> total, bool has_more, std::int64_t offset, std::size_t rows);

/// The structured result of a list: {`name`: rows, "page", "next_step"}.
Json list_result(std::string_view name, Json rows, Json page, const std::string& next_step);

template <typename T>
Json page_info(const agentphone::Page<T>& page, const std::optional<std::int64_t>& offset) {
  return page_info(page.total, page.has_more, offset.value_or(0), page.data.size());
}

/// "3 of 12 agents, more with offset 3." for the head of a list's text.
std::string page_sentence(const Json& page, std::size_t rows, std::string_view plural);

/// A name or status from upstream for use inside a sentence of ours: one line, visible, at most 120 bytes.
std::string inline_text(std::string_view text);

/// "Restaurant Caller (agt_01HZX5)".
std::string named(std::string_view name, std::string_view id);

/// The message as data lines for `text`: time, who, what, attachments.
std::string message_line(const agentphone::Message& message);

}  // namespace apmcp::tools

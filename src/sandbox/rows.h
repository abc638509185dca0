#pragma once

#include "sandbox/world.h"

// How records look on the wire. Field names and their casing are the service's; see the published contract.
namespace apmcp::sandbox {

Json agent_row(const Account& account, const Agent& agent);
Json agent_number_row(const Number& number);  ///< short form inside an agent
Json number_row(const Number& number);

/// A message as a number's list shows it: the sender under `from_` and `from`, since clients read either.
Json number_message_row(const Message& message);
Json conversation_row(const Conversation& conversation);
Json agent_conversation_row(const Conversation& conversation);
/// With its `limit` newest messages, newest first.
Json conversation_detail(const Conversation& conversation, std::size_t limit);

Json call_row(const Call& call);
Json call_detail(const Call& call);

/// One sentence of a call, as the flat transcript and the live stream tell it.
struct SpokenLine {
  std::string id, role, content;  ///< the id stays the same; the service does not tell it
  TimePoint at;
};

std::vector<SpokenLine> spoken_lines(const Call& call);
Json spoken_row(const SpokenLine& line);

Json webhook_row(const Webhook& webhook);

/// null for an empty text.
Json or_null(const std::string& text);

}  // namespace apmcp::sandbox

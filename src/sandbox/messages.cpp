#include <algorithm>
#include <array>
#include <tuple>

#include "sandbox/deliveries.h"
#include "sandbox/destinations.h"
#include "sandbox/happenings.h"
#include "sandbox/operations.h"
#include "sandbox/rows.h"
#include "sandbox/time_text.h"

namespace apmcp::sandbox {
namespace {

constexpr std::int64_t kTextCents = 2;

constexpr std::array<std::string_view, 12> kSendStyles = {"celebration", "fireworks", "lasers",    "love",
                                                          "confetti",    "balloons",  "spotlight", "echo",
                                                          "invisible",   "gentle",    "loud",      "slam"};
constexpr std::array<FieldRule, 10> kSendRules = {{
    {.name = "agent_id"},
    {.name = "to_number"},
    {.name = "recipients", .kind = FieldKind::kArray, .min = 2, .max = 32},
    {.name = "body", .required = true, .max = 10000},
    {.name = "media_url", .fits = is_http_url, .pattern = "^https?://.+"},
    {.name = "media_urls", .kind = FieldKind::kArray, .max = 20},
    {.name = "number_id"},
    {.name = "from_number"},
    {.name = "send_style", .options = kSendStyles},
    {.name = "reply_to_message_id"},
}};

constexpr std::array<FieldRule, 3> kMessagePageRules = {{
    {.name = "limit", .kind = FieldKind::kInteger, .min = 1, .max = 200},
    {.name = "before", .fits = is_iso_time, .pattern = "ISO 8601 date and time"},
    {.name = "after", .fits = is_iso_time, .pattern = "ISO 8601 date and time"},
}};

constexpr std::array<FieldRule, 1> kConversationRules = {
    {{.name = "message_limit", .kind = FieldKind::kInteger, .min = 1, .max = 100}}};

/// Who sends: from_number beats number_id beats the first number of agent_id. A Reply says why nobody can.
std::variant<const Number*, Reply> sender(const Context& in) {
  const Account& account = *in.account;
  const auto from = text_of(in.body, "from_number");
  const auto number_id = text_of(in.body, "number_id");
  const auto agent_id = text_of(in.body, "agent_id");
  const Number* number = nullptr;
  if (from || number_id) {
    const auto found = std::find_if(account.numbers.begin(), account.numbers.end(), [&](const auto& entry) {
      return !entry.second.released && (from ? entry.second.e164 == *from : entry.first == *number_id);
    });
    if (found != account.numbers.end()) number = &found->second;
    if (number == nullptr) return coded(404, "PHONE_NUMBER_NOT_FOUND", "not_found_error", "Sending number not found.");
    return number;
  }
  if (!agent_id) return invalid_field("agent_id", "Field required", "missing");
  if (find_in(account.agents, *agent_id) == nullptr) return refuse(404, "Agent not found.");
  number = account.first_number(*agent_id);
  if (number == nullptr) return refuse(400, "This agent has no phone number. Attach one first.");
  return number;
}

bool is_short_code(std::string_view text) {
  return (text.size() == 5 || text.size() == 6) && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The recipient as it is stored. A Reply says why it cannot be reached.
std::variant<std::string, Reply> recipient(const Context& in) {
  const auto to = text_of(in.body, "to_number");
  if (in.body.contains("recipients") && in.body["recipients"].is_array()) {
    return refuse(400, "Group chats need an iMessage line; this number sends SMS.");
  }
  if (!to) return invalid_field("to_number", "Field required", "missing");
  if (is_blocked(*to))
    return refuse(403, "This destination is blocked: emergency and crisis lines cannot be messaged.");
  if (is_short_code(*to)) return *to;
  if (is_mailbox(*to) || to->substr(0, 4) == "grp_") return refuse(400, "This destination needs an iMessage line.");
  auto number = normal_number(*to);
  if (!number) {
    return invalid_field("to_number", "String should match pattern '^\\+[1-9]\\d{1,14}$'", "string_pattern_mismatch");
  }
  return *number;
}

std::vector<std::string> media_of(const Json& body) {
  std::vector<std::string> media;
  if (const auto one = text_of(body, "media_url")) media.push_back(*one);
  const auto many = body.find("media_urls");
  if (many == body.end() || !many->is_array()) return media;
  for (const Json& url : *many) {
    if (url.is_string()) media.push_back(*url.get_ptr<const Json::string_t*>());
  }
  return media;
}

bool knows_message(const Account& account, const std::string& id) {
  return std::any_of(account.conversations.begin(), account.conversations.end(), [&](const auto& entry) {
    const auto& messages = entry.second.messages;
    return std::any_of(messages.begin(), messages.end(), [&](const Message& message) { return message.id == id; });
  });
}

/// Sets the person's answer on the timeline, when there is one.
void let_person_answer(World& world, const Conversation& conversation, const std::string& body) {
  const auto nth = static_cast<std::size_t>(std::count_if(conversation.messages.begin(), conversation.messages.end(),
                                                          [](const Message& message) { return !message.inbound; }));
  const auto answer = answer_text(conversation.participant, body, nth);
  if (!answer) return;
  world.after(answer->after, [from = conversation.participant, to = conversation.own,
                              text = answer->body](World& later) { receive_text(later, from, to, text, {}); });
}

std::vector<const Conversation*> by_activity(const Account& account, const std::string* agent_id) {
  std::vector<const Conversation*> rows;
  for (const auto& [id, conversation] : account.conversations) {
    if (agent_id == nullptr || conversation.agent_id == *agent_id) rows.push_back(&conversation);
  }
  std::sort(rows.begin(), rows.end(), [](const Conversation* a, const Conversation* b) {
    return std::tie(b->last_at, a->id) < std::tie(a->last_at, b->id);
  });
  return rows;
}

}  // namespace

Rules send_message_rules() {
  return kSendRules;
}

Rules message_page_rules() {
  return kMessagePageRules;
}

Rules conversation_rules() {
  return kConversationRules;
}

Conversation& thread_between(World& world, Account& account, const Number& number, const std::string& contact) {
  const auto found = std::find_if(account.conversations.begin(), account.conversations.end(), [&](const auto& entry) {
    return entry.second.number_id == number.id && entry.second.participant == contact;
  });
  if (found != account.conversations.end()) return found->second;
  const std::string id = world.next_id("conv");
  Conversation conversation{.id = id,
                            .agent_id = number.agent_id,
                            .number_id = number.id,
                            .own = number.e164,
                            .participant = contact,
                            .created = world.now(),
                            .last_at = world.now(),
                            .messages = {}};
  return account.conversations.emplace(id, std::move(conversation)).first->second;
}

bool receive_text(World& world, const std::string& from, const std::string& to, const std::string& body,
                  const std::vector<std::string>& media) {
  const auto [account, number] = world.line(to);
  if (account == nullptr) return false;
  Conversation& thread = thread_between(world, *account, *number, from);
  thread.agent_id = number->agent_id;
  thread.messages.push_back({.id = world.next_id("msg"),
                             .from = from,
                             .to = to,
                             .body = body,
                             .inbound = true,
                             .media = media,
                             .at = world.unique_now()});
  thread.last_at = thread.messages.back().at;
  account->balance_cents -= kTextCents;
  announce_text(world, *account, thread, thread.messages.back());
  return true;
}

Reply send_message(Context& in) {
  auto to = recipient(in);
  if (auto* refusal = std::get_if<Reply>(&to)) return std::move(*refusal);
  auto from = sender(in);
  if (auto* refusal = std::get_if<Reply>(&from)) return std::move(*refusal);
  const Number& number = **std::get_if<const Number*>(&from);
  const std::string& contact = *std::get_if<std::string>(&to);
  const std::string body = text_of(in.body, "body").value_or("");
  const std::vector<std::string> media = media_of(in.body);
  if (body.empty() && media.empty()) return refuse(400, "A message needs a body or media.");
  const auto reply_to = text_of(in.body, "reply_to_message_id");
  if (reply_to && !knows_message(*in.account, *reply_to)) return refuse(404, "The message to reply to was not found.");
  if (in.account->balance_cents < kTextCents) {
    return coded(402, "INSUFFICIENT_BALANCE", "billing_error",
                 "The balance is too low to send a message. Add funds first.");
  }
  in.account->balance_cents -= kTextCents;
  Conversation& thread = thread_between(in.world, *in.account, number, contact);
  thread.messages.push_back({.id = in.world.next_id("msg"),
                             .from = number.e164,
                             .to = contact,
                             .body = body,
                             .inbound = false,
                             .media = media,
                             .at = in.world.unique_now()});
  const Message& message = thread.messages.back();
  thread.last_at = message.at;
  thread.agent_id = number.agent_id;
  let_person_answer(in.world, thread, body);
  return ok({{"id", message.id},
             {"status", "sent"},
             {"channel", message.channel()},
             {"from_number", number.e164},
             {"to_number", contact},
             {"conversation_id", thread.id},
             {"media_urls", media},
             {"reply_to_message_id", reply_to ? Json(*reply_to) : Json(nullptr)},
             {"reply_parent_unresolved", nullptr}});
}

Reply list_messages(Context& in) {
  if (find_in(in.account->numbers, in.ids[0]) == nullptr) return refuse(404, "Number not found.");
  const auto before = parse_iso8601(query_text(in.query, "before"));
  const auto after = parse_iso8601(query_text(in.query, "after"));
  std::vector<const Message*> rows;
  for (const auto& [id, thread] : in.account->conversations) {
    if (thread.number_id != in.ids[0]) continue;
    for (const Message& message : thread.messages) {
      if ((!before || message.at < *before) && (!after || message.at > *after)) rows.push_back(&message);
    }
  }
  std::sort(rows.begin(), rows.end(), [](const Message* a, const Message* b) { return a->at > b->at; });
  const std::size_t limit = query_size(in.query, "limit", 50);
  Json data = Json::array();
  for (std::size_t i = 0; i < rows.size() && i < limit; ++i) data.push_back(number_message_row(*rows[i]));
  return ok({{"data", std::move(data)}, {"hasMore", rows.size() > limit}});
}

Reply list_conversations(Context& in) {
  return offset_page(in.query, by_activity(*in.account, nullptr), conversation_row);
}

Reply list_agent_conversations(Context& in) {
  if (find_in(in.account->agents, in.ids[0]) == nullptr) return refuse(404, "Agent not found.");
  return offset_page(in.query, by_activity(*in.account, &in.ids[0]), agent_conversation_row);
}

Reply get_conversation(Context& in) {
  const Conversation* conversation = find_in(in.account->conversations, in.ids[0]);
  if (conversation == nullptr) return refuse(404, "Conversation not found.");
  return ok(conversation_detail(*conversation, query_size(in.query, "message_limit", 50)));
}

}  // namespace apmcp::sandbox

#include "resources/families.h"

#include <array>
#include <string>
#include <utility>

#include "policy/destination.h"
#include "tools/call_report.h"
#include "tools/catalog.h"
#include "tools/events.h"
#include "tools/readings.h"
#include "tools/render.h"
#include "tools/untrusted.h"

namespace apmcp::resources {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kMessagesShown = 50;
constexpr std::int64_t kThreadsShown = 20;
constexpr std::size_t kEventsShown = 50;

Result<Json> account(const Reading& in) {
  return tools::account_facts(in.call);
}

Result<Json> agent(const Reading& in) {
  const auto found = in.call.api().get_agent(in.id, in.call.options);
  if (!found) return found.error();
  return tools::agent_details(*found);
}

Result<Json> number(const Reading& in) {
  const auto found = tools::find_number(in.id, in.call);
  if (!found) return found.error();
  return tools::number_row(*found);
}

Result<Json> conversation(const Reading& in) {
  const auto found = in.call.api().get_conversation(in.id, kMessagesShown, in.call.options);
  if (!found) return found.error();
  Json rows = Json::array();
  for (const auto& message : found->messages) rows.push_back(tools::message_row(message));
  return Json{{"conversation", tools::conversation_row(*found)}, {"messages", std::move(rows)}};
}

Result<Json> call(const Reading& in) {
  const auto found = in.call.api().get_call(in.id, in.call.options);
  if (!found) return found.error();
  Json row = tools::call_row(*found);
  // It would be another one with every look.
  if (!found->is_over()) row.erase("duration_seconds");
  return row;
}

Result<Json> transcript(const Reading& in) {
  const auto found = in.call.api().get_call(in.id, in.call.options);
  if (!found) return found.error();
  return Json{{"call_id", found->id},
              {"status", found->status},
              {"live", !found->is_over()},
              {"transcript", tools::turn_rows(tools::spoken_turns(found->transcripts))}};
}

Result<Json> kept_events(inbox::Inbox& kept) {
  const auto page = kept.list({.limit = kEventsShown});
  if (!page) return page.error();
  Json rows = Json::array();
  for (const auto& stored : page->events) rows.push_back(tools::event_row(stored));
  return Json{{"events", std::move(rows)}};
}

/// What came in last: the kept events, or where none are received the threads. The one place that says where it is
/// looked up.
Result<Json> inbox(const Reading& in) {
  if (in.call.services.inbox != nullptr && in.call.caller_api == nullptr) return kept_events(*in.call.services.inbox);
  const auto threads =
      in.call.api().list_conversations(std::nullopt, {.limit = kThreadsShown, .offset = std::nullopt}, in.call.options);
  if (!threads) return threads.error();
  Json rows = Json::array();
  for (const auto& thread : threads->data) rows.push_back(tools::conversation_row(thread));
  return Json{{"conversations", std::move(rows)}, {"has_more", threads->has_more}};
}

Result<Json> voices(const Reading& in) {
  const auto found = in.call.api().list_voices(in.call.options);
  if (!found) return found.error();
  Json rows = Json::array();
  for (const auto& voice : *found) rows.push_back(tools::voice_row(voice));
  return Json{{"voices", std::move(rows)}};
}

/// Told by what enforces it: the rules for destinations, the disclosure, the tools with a preview, the one host.
Result<Json> policy_in_force(const Reading& in) {
  Json refused = Json::array();
  for (const policy::RefusedLines& lines : policy::refused_lines()) {
    refused.push_back({{"lines", lines.name}, {"why", lines.why}});
  }
  Json confirmed = Json::array();
  for (const tools::Binding& binding : tools::all_bindings()) {
    if (binding.preview != nullptr) confirmed.push_back(binding.name);
  }
  const auto spoken = in.call.services.disclosure.lead(std::nullopt);
  Json disclosure{{"spoken_first", spoken.has_value()}};
  tools::put(disclosure, "sentence", spoken);
  return Json{{"destinations", {{"refused", std::move(refused)}, {"numbers_without_country_code", "read as +1"}}},
              {"disclosure", std::move(disclosure)},
              {"confirmation", {{"tools", std::move(confirmed)}, {"how", "confirm must be JSON true"}}},
              {"hosts",
               {{"agentphone", in.upstream},
                {"webhooks_and_media", in.call.services.allow_loopback_urls ? "public https hosts, and this machine"
                                                                            : "public https hosts"}}},
              {"secrets", "An API key or webhook secret in an argument is refused and never shown in a result."}};
}

// In the order of the list: first what can be read without a key.
constexpr std::array<Family, 9> kFamilies{{
    {.uri = "agentphone://policy",
     .name = "policy",
     .title = "Policy",
     .description = "What this server allows: refused destinations, the AI disclosure, which tools need confirmation, "
                    "and the hosts it talks to.",
     .read = policy_in_force,
     .ttl = seconds{3600}},
    {.uri = "agentphone://account",
     .name = "account",
     .title = "Account",
     .description = "Plan, quota, activity, agents with their numbers, the webhook, and what is wrong with them.",
     .read = account},
    {.uri = "agentphone://inbox",
     .name = "inbox",
     .title = "Inbox",
     .description = "The latest texts, reactions and ended calls, where this server receives them; else the latest "
                    "threads with the last text of each. Changes when something comes in.",
     .read = inbox,
     .pace = kMessagePace},
    {.uri = "agentphone://voices",
     .name = "voices",
     .title = "Voices",
     .description = "Every voice that an agent or a call can have, with provider, gender and accent.",
     .read = voices,
     .ttl = seconds{600}},
    {.uri = "agentphone://agents/{id}",
     .name = "agent",
     .title = "Agent",
     .description = "One agent with its prompt, voice and numbers.",
     .read = agent,
     .suggest = suggest_agents},
    {.uri = "agentphone://numbers/{id}",
     .name = "number",
     .title = "Phone number",
     .description = "One phone number of the account and the agent that answers there.",
     .read = number,
     .suggest = suggest_numbers},
    {.uri = "agentphone://conversations/{id}",
     .name = "conversation",
     .title = "Conversation",
     .description = "One thread of texts, its last 50 messages newest first. Changes with every text.",
     .read = conversation,
     .suggest = suggest_conversations,
     .pace = kMessagePace},
    {.uri = "agentphone://calls/{id}",
     .name = "call",
     .title = "Call",
     .description = "One call: who, when, status and the last words. Changes with its status and its turns.",
     .read = call,
     .suggest = suggest_calls,
     .pace = kCallPace},
    {.uri = "agentphone://calls/{id}/transcript",
     .name = "transcript",
     .title = "Transcript of a call",
     .description = "What was said in a call so far, turn by turn. Changes with every turn while the call runs.",
     .read = transcript,
     .suggest = suggest_calls,
     .pace = kCallPace},
}};

}  // namespace

std::span<const Family> families() {
  return kFamilies;
}

Result<Json> read_contents(const Family& family, const Reading& in) {
  auto contents = family.read(in);
  if (contents) {
    tools::clean_strings(*contents, false);
    return contents;
  }
  Error error = std::move(contents).error();
  // An id that cannot be one names nothing either.
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kBadArguments) {
    error.code = ErrorCode::kNoSuchResource;
    error.data = nullptr;
  }
  if (!error.next_step.empty()) error.message += " " + error.next_step;
  tools::clean_texts(error);
  return error;
}

}  // namespace apmcp::resources

#include <algorithm>
#include <array>

#include "sandbox/operations.h"
#include "sandbox/rows.h"

namespace apmcp::sandbox {
namespace {

constexpr std::array<std::string_view, 2> kVoiceModes = {"webhook", "hosted"};
constexpr std::array<std::string_view, 2> kSttModes = {"fast", "accurate"};
constexpr std::array<std::string_view, 4> kAmbientSounds = {"none", "office", "coffee-shop", "outdoor"};
constexpr std::array<std::string_view, 2> kDenoisingModes = {"noise-cancellation",
                                                             "noise-and-background-speech-cancellation"};
constexpr std::array<std::string_view, 2> kToolMethods = {"GET", "POST"};
constexpr std::array<std::string_view, 63> kLanguages = {
    "af-ZA", "ar-SA", "az-AZ", "bg-BG", "bs-BA", "ca-ES",  "cs-CZ",  "cy-GB", "da-DK", "de-DE",  "el-GR",
    "en-AU", "en-GB", "en-IN", "en-NZ", "en-US", "es-419", "es-ES",  "fa-IR", "fi-FI", "fil-PH", "fr-CA",
    "fr-FR", "gl-ES", "he-IL", "hi-IN", "hr-HR", "hu-HU",  "hy-AM",  "id-ID", "is-IS", "it-IT",  "ja-JP",
    "kk-KZ", "kn-IN", "ko-KR", "lt-LT", "lv-LV", "mk-MK",  "mr-IN",  "ms-MY", "ne-NP", "nl-BE",  "nl-NL",
    "no-NO", "pl-PL", "pt-BR", "pt-PT", "ro-RO", "ru-RU",  "sk-SK",  "sl-SI", "sr-RS", "sv-SE",  "sw-KE",
    "ta-IN", "th-TH", "tr-TR", "uk-UA", "ur-IN", "vi-VN",  "yue-CN", "zh-CN"};

constexpr std::array<FieldRule, 9> kToolRules = {{
    {.name = "name", .required = true, .fits = is_tool_name, .pattern = "^[A-Za-z0-9_-]{1,64}$"},
    {.name = "description", .required = true, .max = 1024},
    {.name = "url", .required = true, .max = 2048, .fits = is_http_url, .pattern = "^https?://.+"},
    {.name = "method", .options = kToolMethods},
    {.name = "headers", .kind = FieldKind::kObject},
    {.name = "parameters", .kind = FieldKind::kObject},
    {.name = "timeoutMs", .kind = FieldKind::kInteger, .min = 1000, .max = 120000},
    {.name = "speakDuringExecution", .kind = FieldKind::kBoolean},
    {.name = "executionMessage", .max = 500},
}};

/// Create and update differ in the name only: it comes first and must be given to create.
constexpr std::array<FieldRule, 21> settings_rules(bool name_required) {
  return {{
      {.name = "name", .required = name_required, .min = 1},
      {.name = "description"},
      {.name = "voiceMode", .options = kVoiceModes},
      {.name = "enableMessaging", .kind = FieldKind::kBoolean},
      {.name = "modelTier", .options = kModelTiers},
      {.name = "systemPrompt"},
      {.name = "beginMessage"},
      {.name = "voice", .min = 1},
      {.name = "transferNumber", .fits = is_plus_one_or_empty, .pattern = "^\\+1[0-9]{10}$"},
      {.name = "customTools", .kind = FieldKind::kArray, .max = 20, .items = kToolRules},
      {.name = "voicemailMessage", .max = 1000},
      {.name = "callScreeningIdentity", .max = 100},
      {.name = "callScreeningPurpose", .max = 300},
      {.name = "sttMode", .options = kSttModes},
      {.name = "ambientSound", .options = kAmbientSounds},
      {.name = "denoisingMode", .options = kDenoisingModes},
      {.name = "maxSilenceMs", .kind = FieldKind::kInteger, .min = 10000, .max = 3600000},
      {.name = "voiceSpeed", .kind = FieldKind::kNumber, .min = 0.5, .max = 2.0},
      {.name = "interruptionSensitivity", .kind = FieldKind::kNumber, .min = 0, .max = 1},
      {.name = "enableBackchannel", .kind = FieldKind::kBoolean},
      {.name = "language", .options = kLanguages},
  }};
}

constexpr auto kCreateRules = settings_rules(true);
constexpr auto kUpdateRules = settings_rules(false);
constexpr std::array<FieldRule, 1> kAttachRules = {{{.name = "numberId", .required = true, .min = 1}}};

Reply unknown_agent() {
  return refuse(404, "Agent not found.");
}

/// An empty text clears these two; on the others it is a value like any other.
bool clears(std::string_view field, const Json& value) {
  const bool is_text = field == "transferNumber" || field == "voicemailMessage";
  return is_text && value.is_string() && value.get_ref<const std::string&>().empty();
}

}  // namespace

Rules create_agent_rules() {
  return kCreateRules;
}

Rules update_agent_rules() {
  return kUpdateRules;
}

Rules attach_number_rules() {
  return kAttachRules;
}

Reply list_agents(Context& in) {
  std::vector<const Agent*> agents;
  for (const auto& [id, agent] : in.account->agents) agents.push_back(&agent);
  return offset_page(in.query, agents, [&](const Agent& agent) { return agent_row(*in.account, agent); });
}

Reply create_agent(Context& in) {
  Agent agent{.id = "", .row = new_agent_row(in.body)};
  if (agent.hosted() && agent.text("systemPrompt").empty()) {
    return refuse(400, "systemPrompt is required when voiceMode is hosted.");
  }
  for (const std::string_view field : {"transferNumber", "voicemailMessage"}) {
    Json& value = agent.row[std::string(field)];
    if (clears(field, value)) value = nullptr;
  }
  agent.id = in.world.next_id("agt");
  agent.row["id"] = agent.id;
  agent.row["createdAt"] = iso8601(in.world.now());
  const auto placed = in.account->agents.emplace(agent.id, std::move(agent)).first;
  return ok(agent_row(*in.account, placed->second));
}

Reply get_agent(Context& in) {
  const Agent* agent = find_in(in.account->agents, in.ids[0]);
  return agent == nullptr ? unknown_agent() : ok(agent_row(*in.account, *agent));
}

Reply update_agent(Context& in) {
  Agent* agent = find_in(in.account->agents, in.ids[0]);
  if (agent == nullptr) return unknown_agent();
  Agent changed = *agent;
  const bool was_hosted = agent->hosted();
  for (const FieldRule& rule : kUpdateRules) {
    const auto given = in.body.find(std::string(rule.name));
    if (given == in.body.end() || given->is_null()) continue;
    changed.row[std::string(rule.name)] = clears(rule.name, *given) ? Json(nullptr) : *given;
  }
  if (changed.hosted() && changed.text("systemPrompt").empty()) {
    return refuse(400, "systemPrompt is required when voiceMode is hosted.");
  }
  if (was_hosted && !changed.hosted()) {
    changed.row["systemPrompt"] = nullptr;
    changed.row["beginMessage"] = nullptr;
  }
  *agent = std::move(changed);
  return ok(agent_row(*in.account, *agent));
}

Reply delete_agent(Context& in) {
  Account& account = *in.account;
  const auto found = account.agents.find(in.ids[0]);
  if (found == account.agents.end()) return unknown_agent();
  const std::string id = found->first;
  Json answer = {{"success", true}, {"id", id}, {"name", found->second.text("name")}};
  // Numbers, threads and calls outlive their agent and only lose the reference.
  for (auto& [key, number] : account.numbers) {
    if (number.agent_id == id) number.agent_id.clear();
  }
  for (auto& [key, conversation] : account.conversations) {
    if (conversation.agent_id == id) conversation.agent_id.clear();
  }
  for (auto& [key, call] : account.calls) {
    if (call.agent_id == id) call.agent_id.clear();
  }
  account.agent_webhooks.erase(id);
  account.agents.erase(found);
  return ok(std::move(answer));
}

Reply attach_number(Context& in) {
  const Agent* agent = find_in(in.account->agents, in.ids[0]);
  if (agent == nullptr) return unknown_agent();
  Number* number = find_in(in.account->numbers, text_of(in.body, "numberId").value_or(""));
  if (number == nullptr) return refuse(404, "Number not found.");
  if (number->released) return refuse(400, "This number was released.");
  number->agent_id = agent->id;
  return ok({{"agentId", agent->id}, {"number", agent_number_row(*number)}});
}

Reply detach_number(Context& in) {
  const Agent* agent = find_in(in.account->agents, in.ids[0]);
  if (agent == nullptr) return unknown_agent();
  Number* number = find_in(in.account->numbers, in.ids[1]);
  if (number == nullptr || number->agent_id != agent->id) return refuse(404, "Number not found on this agent.");
  number->agent_id.clear();
  return ok({{"success", true}});
}

}  // namespace apmcp::sandbox

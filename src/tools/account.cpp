#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "base/fan_out.h"
#include "tools/bindings.h"
#include "tools/readings.h"
#include "tools/render.h"

namespace apmcp::tools {
namespace {

using agentphone::Agent;
using agentphone::Page;
using agentphone::PhoneNumber;
using agentphone::Usage;
using agentphone::Webhook;

/// Parts that are read at the same time, the caller's own included.
constexpr std::size_t kReadAtOnce = 4;

void read_parts(std::vector<std::function<void()>> parts, ToolCall& call) {
  run_parts(std::move(parts), call.services.executor, kReadAtOnce - 1);
}

struct Overview {
  Result<Usage> usage;
  Result<Page<Agent>> agents;
  Result<Page<PhoneNumber>> numbers;
  Result<std::optional<Webhook>> webhook;
};

Overview fetch_all(ToolCall& call) {
  constexpr agentphone::PageQuery kAll{.limit = 100, .offset = std::nullopt};
  constexpr double kParts = 4;
  std::optional<Result<Usage>> usage;
  std::optional<Result<Page<Agent>>> agents;
  std::optional<Result<Page<PhoneNumber>>> numbers;
  std::optional<Result<std::optional<Webhook>>> webhook;
  read_parts(
      {[&] {
         webhook = call.api().get_webhook(std::nullopt, call.options);
         call.context.progress(1, kParts, "webhook read");
       },
       [&] { usage = call.api().usage(call.options); }, [&] { agents = call.api().list_agents(kAll, call.options); },
       [&] { numbers = call.api().list_numbers(kAll, call.options); }},
      call);
  Overview all{.usage = *std::move(usage),
               .agents = *std::move(agents),
               .numbers = *std::move(numbers),
               .webhook = *std::move(webhook)};
  call.context.progress(kParts, kParts, "usage, agents and numbers read");
  return all;
}

/// The error that says it all: nothing could be read, or the key is missing or refused, or the caller gave up.
std::optional<Error> hopeless(const Overview& all) {
  std::vector<const Error*> errors;
  const auto note = [&errors](const auto& part) {
    if (!part) errors.push_back(&part.error());
  };
  note(all.usage);
  note(all.agents);
  note(all.numbers);
  note(all.webhook);
  for (const Error* error : errors) {
    if (error->code == ErrorCode::kUnauthorized || error->code == ErrorCode::kCancelled) return *error;
  }
  if (errors.size() == 4) return *errors.front();
  return std::nullopt;
}

template <typename T>
void note_problem(Json& problems, std::string_view part, const Result<T>& result) {
  if (!result) problems.push_back(std::string(part) + ": " + result.error().message);
}

Json activity(const Usage& usage) {
  return {{"messages",
           {{"last_24h", usage.messages_last_24h},
            {"last_7d", usage.messages_last_7d},
            {"last_30d", usage.messages_last_30d},
            {"total", usage.total_messages}}},
          {"calls",
           {{"last_24h", usage.calls_last_24h},
            {"last_7d", usage.calls_last_7d},
            {"last_30d", usage.calls_last_30d},
            {"total", usage.total_calls}}},
          {"webhook_deliveries",
           {{"total", usage.webhook_deliveries},
            {"successful", usage.webhook_deliveries_ok},
            {"failed", usage.webhook_deliveries_failed}}}};
}

bool needs_webhook(const Agent& agent) {
  return agent.voice_mode == "webhook" && !agent.numbers.empty();
}

/// Calls to an agent in webhook mode fail when neither it nor the account has a webhook. Only known when the account's
/// could be read and is not set; at most kMostLookUps agents are looked at.
void warn_of_unanswered_agents(const Overview& all, ToolCall& call, Json& warnings, Json& problems) {
  constexpr std::size_t kMostLookUps = 8;
  if (!all.agents || !all.webhook || all.webhook->has_value()) return;
  std::vector<const Agent*> agents;
  for (const Agent& agent : all.agents->data) {
    if (needs_webhook(agent)) agents.push_back(&agent);
  }
  const std::size_t looked_at = std::min(agents.size(), kMostLookUps);
  std::vector<std::optional<Result<std::optional<Webhook>>>> found(looked_at);
  std::vector<std::function<void()>> parts;
  for (std::size_t i = 0; i < looked_at; ++i) {
    parts.emplace_back([&, i] { found[i] = call.api().get_webhook(agents[i]->id, call.options); });
  }
  read_parts(std::move(parts), call);
  for (std::size_t i = 0; i < looked_at; ++i) {
    const auto& webhook = *found[i];
    const std::string who = named(agents[i]->name, agents[i]->id);
    note_problem(problems, "webhook of agent " + who, webhook);
    if (webhook && !webhook->has_value()) {
      warnings.push_back("Agent " + who +
                         " is in webhook mode, but neither it nor the account has a webhook: incoming calls "
                         "to it fail. Set one with set_webhook, or make it hosted with update_agent.");
    }
  }
  if (agents.size() > looked_at) {
    warnings.push_back(std::to_string(agents.size() - looked_at) +
                       " more agents in webhook mode were not checked for a webhook of their own.");
  }
}

template <typename T>
void warn_when_cut(Json& warnings, const Result<Page<T>>& part, std::string_view what, std::string_view tool) {
  if (!part || !part->has_more) return;
  warnings.push_back("Only the first " + std::to_string(part->data.size()) + " " + std::string(what) +
                     " are shown: " + std::string(tool) + " pages through all.");
}

Json webhook_summary(const std::optional<Webhook>& webhook) {
  Json out{{"configured", webhook.has_value()}};
  if (webhook) {
    put(out, "url", webhook->url);
    put(out, "status", webhook->status);
  }
  return out;
}

Json structured_overview(const Overview& all) {
  Json out = Json::object();
  if (all.usage) {
    put(out, "plan", all.usage->plan);
    out["numbers_quota"] = {{"used", all.usage->numbers_used},
                            {"limit", all.usage->numbers_limit},
                            {"remaining", all.usage->numbers_remaining}};
    out["activity"] = activity(*all.usage);
  }
  if (all.agents) {
    out["agents"] = Json::array();
    for (const Agent& agent : all.agents->data) out["agents"].push_back(agent_row(agent));
  }
  if (all.numbers) {
    out["unassigned_numbers"] = Json::array();
    for (const PhoneNumber& number : all.numbers->data) {
      if (!number.agent_id) out["unassigned_numbers"].push_back(number_row(number));
    }
  }
  if (all.webhook) out["webhook"] = webhook_summary(*all.webhook);
  return out;
}

std::string text_overview(const Overview& all, const Json& out) {
  std::string text;
  if (all.usage) {
    text += "Plan " + inline_text(all.usage->plan.empty() ? "unnamed" : all.usage->plan) + ", " +
            std::to_string(all.usage->numbers_used) + " of " + std::to_string(all.usage->numbers_limit) +
            " numbers held, " + std::to_string(all.usage->messages_last_30d) + " messages and " +
            std::to_string(all.usage->calls_last_30d) + " calls in 30 days.";
  }
  if (all.agents) {
    for (const Agent& agent : all.agents->data) {
      text += "\nAgent " + named(agent.name, agent.id) + ", " + inline_text(agent.voice_mode) + ":";
      for (const auto& number : agent.numbers) text += " " + inline_text(number.phone_number) + " (" + number.id + ")";
      if (agent.numbers.empty()) text += " no number";
    }
  }
  for (const Json& number : out.value("unassigned_numbers", Json::array())) {
    text += "\nUnassigned: " + named(number["phone_number"].get<std::string>(), number["number_id"].get<std::string>());
  }
  if (all.webhook) {
    text += "\nAccount webhook: " + (all.webhook->has_value() ? inline_text((*all.webhook)->url) : std::string("none"));
  }
  for (const Json& warning : out["warnings"]) text += "\nWarning: " + warning.get<std::string>();
  for (const Json& problem : out["problems"]) text += "\nNot read: " + inline_text(problem.get<std::string>());
  return text;
}

std::string next_after_overview(const Overview& all, const Json& out) {
  if (!out["warnings"].empty())
    return "See to the warnings first; then send_sms and place_call work from agents with a number.";
  if (!all.agents) return "Call account_overview again, or list_agents for the agents alone.";
  const auto& agents = all.agents->data;
  if (agents.empty()) return "Make an agent with create_agent.";
  const bool equipped = std::any_of(agents.begin(), agents.end(), [](const Agent& a) { return !a.numbers.empty(); });
  return equipped ? "Text with send_sms or call with place_call from an agent that has a number."
                  : "No agent has a number: attach_number or buy_number.";
}

Json facts_of(const Overview& all, ToolCall& call) {
  Json out = structured_overview(all);
  Json warnings = Json::array();
  Json problems = Json::array();
  note_problem(problems, "usage", all.usage);
  note_problem(problems, "agents", all.agents);
  note_problem(problems, "numbers", all.numbers);
  note_problem(problems, "account webhook", all.webhook);
  warn_of_unanswered_agents(all, call, warnings, problems);
  warn_when_cut(warnings, all.agents, "agents", "list_agents");
  warn_when_cut(warnings, all.numbers, "numbers", "list_numbers");
  out["warnings"] = std::move(warnings);
  out["problems"] = std::move(problems);
  return out;
}

struct NoArguments {
  static NoArguments from(JsonReader& /*in*/) { return {}; }
};

Result<ToolOutput> account_overview(const NoArguments& /*in*/, ToolCall& call) {
  const Overview all = fetch_all(call);
  if (auto error = hopeless(all)) return *std::move(error);
  Json out = facts_of(all, call);
  const std::string next = next_after_overview(all, out);
  out["next_step"] = next;
  const std::string text = text_overview(all, out);
  return ToolOutput{.structured = std::move(out), .text = text + "\n" + next};
}

constexpr std::array kAccountBindings{bind<NoArguments, account_overview>("account_overview")};

}  // namespace

Result<Json> account_facts(ToolCall& call) {
  const Overview all = fetch_all(call);
  if (auto error = hopeless(all)) return *std::move(error);
  return facts_of(all, call);
}

std::span<const Binding> account_bindings() {
  return kAccountBindings;
}

}  // namespace apmcp::tools

#include <array>

#include "policy/destination.h"
#include "tools/bindings.h"
#include "tools/outcome.h"
#include "tools/render.h"
#include "tools/untrusted.h"

namespace apmcp::tools {
namespace {

using agentphone::AgentSettings;

struct ListAgents {
  agentphone::PageQuery page;

  static ListAgents from(JsonReader& in) { return {{in.opt_integer("limit"), in.opt_integer("offset")}}; }
};

Result<ToolOutput> list_agents(const ListAgents& in, ToolCall& call) {
  const auto agents = call.api().list_agents(in.page, call.options);
  if (!agents) return agents.error();
  Json rows = Json::array();
  std::string lines;
  for (const auto& agent : agents->data) {
    rows.push_back(agent_row(agent));
    lines += "\n" + named(agent.name, agent.id) + ", " + inline_text(agent.voice_mode) + ", numbers:";
    for (const auto& number : agent.numbers) lines += " " + inline_text(number.phone_number) + " (" + number.id + ")";
    if (agent.numbers.empty()) lines += " none";
  }
  const Json page = page_info(*agents, in.page.offset);
  const std::string next = agents->data.empty() ? "Create one with create_agent, or page back with a smaller offset."
                                                : "Take the agent_id for send_sms, place_call or get_agent.";
  return ToolOutput{.structured = {{"agents", rows}, {"page", page}, {"next_step", next}},
                    .text = page_sentence(page, rows.size(), "agents") + lines + "\n" + next};
}

struct GetAgent {
  std::string agent_id;

  static GetAgent from(JsonReader& in) { return {in.str("agent_id")}; }
};

ToolOutput agent_output(const agentphone::Agent& agent, std::string_view headline, std::string next) {
  const Json details = agent_details(agent);
  std::string text(headline);
  for (const auto& [key, value] : details.items()) {
    if (value.is_string()) text += "\n" + quote_line(key, untrusted_text(value.get_ref<const std::string&>()));
  }
  text += "\nnumbers:";
  for (const auto& number : agent.numbers) text += " " + inline_text(number.phone_number) + " (" + number.id + ")";
  if (agent.numbers.empty()) text += " none";
  return {.structured = {{"agent", details}, {"next_step", next}}, .text = text + "\n" + next};
}

std::string use_or_equip(const agentphone::Agent& agent) {
  return agent.numbers.empty()
             ? "It has no number yet: attach_number gives it one from list_numbers, buy_number a new one."
             : "It can text with send_sms and call with place_call.";
}

Result<ToolOutput> get_agent(const GetAgent& in, ToolCall& call) {
  const auto agent = call.api().get_agent(in.agent_id, call.options);
  if (!agent) return agent.error();
  return agent_output(*agent, "Agent " + named(agent->name, agent->id), use_or_equip(*agent));
}

AgentSettings settings_from(JsonReader& in) {
  return {.name = in.opt_str("name"),
          .voice_mode = in.opt_str("voice_mode"),
          .system_prompt = in.opt_str("system_prompt"),
          .begin_message = in.opt_str("begin_message"),
          .voice = in.opt_str("voice"),
          .model_tier = in.opt_str("model_tier"),
          .transfer_number = in.opt_str("transfer_number"),
          .voicemail_message = in.opt_str("voicemail_message")};
}

/// Callers are transferred only to numbers that could be called, and the service only knows +1. Empty clears.
Status check_transfer(AgentSettings& settings, const ToolCall& call) {
  if (!settings.transfer_number || settings.transfer_number->empty()) return Unit{};
  auto to = policy::check_destination(call.services.number_plan, "transfer_number", *settings.transfer_number);
  if (!to) return std::move(to).error();
  if (!to->e164.starts_with("+1")) {
    return Error{.code = ErrorCode::kBadArguments,
                 .message = "transfer_number must be a US or Canadian number (+1).",
                 .next_step = "Give one such as +14155550123, or leave transfer_number out.",
                 .data = {{"field", "transfer_number"}, {"expected", "a +1 number in E.164"}}};
  }
  settings.transfer_number = std::move(to->e164);
  return Unit{};
}

struct CreateAgent {
  AgentSettings settings;

  static CreateAgent from(JsonReader& in) { return {settings_from(in)}; }
};

Result<ToolOutput> create_agent(const CreateAgent& in, ToolCall& call) {
  AgentSettings settings = in.settings;
  // The service would fall back to webhook, where every incoming call fails until an endpoint exists.
  if (!settings.voice_mode) settings.voice_mode = "hosted";
  if (settings.voice_mode == "hosted" && settings.system_prompt.value_or("").empty()) {
    return Error{.code = ErrorCode::kBadArguments,
                 .message = "system_prompt is needed for a hosted agent: it tells the agent who it is and what to do.",
                 .next_step =
                     "Call create_agent again with system_prompt, such as \"You book tables for Sam. Be courteous "
                     "and brief.\", or with voice_mode webhook.",
                 .data = {{"field", "system_prompt"}, {"expected", "instructions in words"}}};
  }
  if (auto transfer = check_transfer(settings, call); !transfer) return std::move(transfer).error();
  const auto since = call.services.service_now();
  const auto agent = call.api().create_agent(settings, call.options);
  if (!agent) return look_up("create_agent", agent.error(), settings, agentphone::find_created_agent, since, call);
  return agent_output(*agent, "Created agent " + named(agent->name, agent->id), use_or_equip(*agent));
}

struct UpdateAgent {
  std::string agent_id;
  AgentSettings settings;

  static UpdateAgent from(JsonReader& in) { return {in.str("agent_id"), settings_from(in)}; }

  [[nodiscard]] bool changes_nothing() const {
    return !settings.name && !settings.voice_mode && !settings.system_prompt && !settings.begin_message &&
           !settings.voice && !settings.model_tier && !settings.transfer_number && !settings.voicemail_message;
  }
};

Result<ToolOutput> update_agent(const UpdateAgent& in, ToolCall& call) {
  if (in.changes_nothing()) {
    return Error{.code = ErrorCode::kBadArguments,
                 .message = "update_agent needs at least one setting to change besides agent_id.",
                 .next_step =
                     "Name one: name, voice_mode, system_prompt, begin_message, voice, model_tier, "
                     "transfer_number or voicemail_message.",
                 .data = {{"field", "agent_id"}, {"expected", "agent_id and at least one setting"}}};
  }
  AgentSettings settings = in.settings;
  if (auto transfer = check_transfer(settings, call); !transfer) return std::move(transfer).error();
  const auto agent = call.api().update_agent(in.agent_id, settings, call.options);
  if (!agent) return agent.error();
  return agent_output(*agent, "Changed agent " + named(agent->name, agent->id),
                      "Holds for the next calls and texts. " + use_or_equip(*agent));
}

struct DeleteAgent {
  std::string agent_id;

  static DeleteAgent from(JsonReader& in) { return {in.str("agent_id")}; }
};

Result<Preview> preview_delete(const DeleteAgent& in, ToolCall& call) {
  const auto agent = call.api().get_agent(in.agent_id, call.options);
  if (!agent) return agent.error();
  std::string text = "This would delete the agent " + named(agent->name, agent->id) + " for good. ";
  if (agent->numbers.empty()) {
    text += "It has no numbers.";
  } else {
    text += "These numbers would become unassigned, answer nobody and still be billed:";
    for (const auto& number : agent->numbers) text += " " + inline_text(number.phone_number) + " (" + number.id + ")";
    text += ".";
  }
  return Preview{.text = text,
                 .facts = {{"agent_id", agent->id},
                           {"name", agent->name},
                           {"unassigned_numbers", numbers_of(*agent)},
                           {"can_be_undone", false}}};
}

Result<ToolOutput> delete_agent(const DeleteAgent& in, ToolCall& call) {
  // Read first: afterwards nobody can say which numbers it had. The deletion itself does not depend on it.
  const auto before = call.api().get_agent(in.agent_id, call.options);
  const auto deleted = call.api().delete_agent(in.agent_id, call.options);
  if (!deleted) return deleted.error();
  Json agent{{"agent_id", deleted->id}, {"name", deleted->name}, {"deleted", true}};
  std::string next = "Its numbers, if any, are unassigned and still billed: list_numbers shows them.";
  if (before) {
    agent["unassigned_numbers"] = numbers_of(*before);
    next = before->numbers.empty()
               ? "Nothing else to do: it had no numbers."
               : "Give its numbers to another agent with attach_number, or stop paying for them with "
                 "release_number.";
  }
  return ToolOutput{.structured = {{"agent", agent}, {"next_step", next}},
                    .text = "Deleted agent " + named(deleted->name, deleted->id) + ". " + next};
}

struct NumberOfAgent {
  std::string agent_id, number_id;

  static NumberOfAgent from(JsonReader& in) { return {in.str("agent_id"), in.str("number_id")}; }
};

Result<ToolOutput> attach_number(const NumberOfAgent& in, ToolCall& call) {
  const auto attached = call.api().attach_number(in.agent_id, in.number_id, call.options);
  if (!attached) return attached.error();
  Json number = attached_number(attached->number);
  number["agent_id"] = attached->agent_id;
  const std::string next = "The agent can now text and call from it: send_sms, place_call.";
  return ToolOutput{.structured = {{"number", number}, {"next_step", next}},
                    .text = "Number " + named(attached->number.phone_number, attached->number.id) +
                            " belongs to agent " + inline_text(attached->agent_id) + " now. " + next};
}

Result<ToolOutput> detach_number(const NumberOfAgent& in, ToolCall& call) {
  const auto detached = call.api().detach_number(in.agent_id, in.number_id, call.options);
  if (!detached) return detached.error();
  const Json number{{"number_id", in.number_id}, {"former_agent_id", in.agent_id}, {"detached", true}};
  const std::string next =
      "Nobody answers there now and it is still billed: attach_number gives it to an agent, release_number ends it.";
  return ToolOutput{.structured = {{"number", number}, {"next_step", next}},
                    .text = "Number " + in.number_id + " is no longer with agent " + in.agent_id + ". " + next};
}

constexpr std::array kAgentBindings{
    bind<ListAgents, list_agents>("list_agents"),
    bind<GetAgent, get_agent>("get_agent"),
    bind<CreateAgent, create_agent>("create_agent"),
    bind<UpdateAgent, update_agent>("update_agent"),
    bind_confirmed<DeleteAgent, delete_agent, preview_delete>("delete_agent"),
    bind<NumberOfAgent, attach_number>("attach_number"),
    bind<NumberOfAgent, detach_number>("detach_number"),
};

}  // namespace

std::span<const Binding> agent_bindings() {
  return kAgentBindings;
}

}  // namespace apmcp::tools

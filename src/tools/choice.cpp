#include "tools/choice.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "tools/person.h"
#include "tools/render.h"

namespace apmcp::tools {
namespace {

constexpr std::int64_t kMostOptions = 100;  // one page of the service

struct Option {
  std::string id, title;
};

/// What is chosen among, in words.
struct Kind {
  std::string field;   ///< agent_id
  std::string noun;    ///< agent
  std::string none;    ///< what to do when there is none
  std::string lister;  ///< tool that shows all
};

Error none_there(const Kind& kind, const std::string& which) {
  return {.code = ErrorCode::kBadArguments,
          .message = kind.field + " is missing, and the account has no " + which + ".",
          .next_step = kind.none,
          .data = {{"field", kind.field}, {"expected", "an id from " + kind.lister}}};
}

Error which_one(const Kind& kind, const std::vector<Option>& options) {
  constexpr std::size_t kMostNamed = 10;
  Error error{.code = ErrorCode::kBadArguments,
              .message = kind.field + " is missing, and more than one " + kind.noun + " could be meant:",
              .next_step = "Ask the person which, then call again with " + kind.field + "; " + kind.lister +
                           " shows all of them.",
              .data = {{"field", kind.field}, {"expected", "an id from " + kind.lister}, {"choices", Json::array()}}};
  for (const Option& option : options) {
    if (error.data["choices"].size() == kMostNamed) break;
    error.message += (error.data["choices"].empty() ? " " : ", ") + option.title;
    error.data["choices"].push_back({{kind.field, option.id}, {"title", option.title}});
  }
  error.message += options.size() > kMostNamed ? " and others." : ".";
  return error;
}

Result<Choice> choose(const Kind& kind, const std::string& which, const std::vector<Option>& options, ToolCall& call) {
  if (options.empty()) return none_there(kind, which);
  if (options.size() == 1) {
    return Choice{.id = options[0].id, .note = "Taken: " + options[0].title + ", the only " + which + "."};
  }
  if (!can_ask_person(call.context)) return which_one(kind, options);
  Json titled = Json::array();
  for (const Option& option : options) titled.push_back({{"const", option.id}, {"title", option.title}});
  const auto answer = ask_person({.field = kind.field,
                                  .message = "Which " + kind.noun + " is meant?",
                                  .property = {{"type", "string"}, {"title", kind.noun}, {"oneOf", std::move(titled)}}},
                                 call.context);
  if (!answer) return answer.error();
  const auto chosen =
      std::find_if(options.begin(), options.end(), [&](const Option& option) { return *answer == option.id; });
  if (chosen == options.end()) return which_one(kind, options);
  return Choice{.id = chosen->id, .note = ""};
}

bool has_number(const agentphone::Agent& agent, const std::optional<std::string>& number_id) {
  if (!number_id) return !agent.numbers.empty();
  return std::any_of(agent.numbers.begin(), agent.numbers.end(),
                     [&](const auto& number) { return number.id == *number_id; });
}

}  // namespace

Result<Choice> choose_agent(const std::optional<std::string>& agent_id, const std::optional<std::string>& number_id,
                            ToolCall& call) {
  if (agent_id) return Choice{.id = *agent_id, .note = ""};
  const auto agents = call.api().list_agents({.limit = kMostOptions, .offset = {}}, call.options);
  if (!agents) return agents.error();
  std::vector<Option> options;
  for (const auto& agent : agents->data) {
    if (!has_number(agent, number_id)) continue;
    std::string title = named(agent.name, agent.id);
    for (const auto& number : agent.numbers) title += " " + inline_text(number.phone_number);
    options.push_back({agent.id, std::move(title)});
  }
  const Kind kind{
      .field = "agent_id",
      .noun = "agent",
      .none = "attach_number gives an agent a number, buy_number gets a new one, create_agent makes an agent.",
      .lister = "list_agents"};
  return choose(kind, number_id ? "agent with the number " + inline_text(*number_id) : "agent with a number", options,
                call);
}

Result<Choice> choose_number(const std::optional<std::string>& number_id, ToolCall& call) {
  if (number_id) return Choice{.id = *number_id, .note = ""};
  const auto numbers = call.api().list_numbers({.limit = kMostOptions, .offset = {}}, call.options);
  if (!numbers) return numbers.error();
  std::vector<Option> options;
  for (const auto& number : numbers->data) options.push_back({number.id, named(number.phone_number, number.id)});
  return choose({.field = "number_id", .noun = "number", .none = "buy_number gets one.", .lister = "list_numbers"},
                "number", options, call);
}

std::string join_notes(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + " " + second;
}

}  // namespace apmcp::tools

#include "tools/changes.h"

#include <array>
#include <set>

namespace apmcp::tools {
namespace {

struct Effect {
  std::string_view tool;
  std::string_view uri;  ///< {name} stands for that member of the answer or of the arguments
};

// clang-format off
constexpr std::array<Effect, 32> kEffects{{
    {"verify", "agentphone://account"},
    {"verify", "agentphone://agents/{agent_id}"},
    {"verify", "agentphone://numbers/{number_id}"},
    {"create_agent", "agentphone://account"},
    {"create_agent", "agentphone://agents/{agent_id}"},
    {"update_agent", "agentphone://account"},
    {"update_agent", "agentphone://agents/{agent_id}"},
    {"delete_agent", "agentphone://account"},
    {"delete_agent", "agentphone://agents/{agent_id}"},
    {"delete_agent", "agentphone://numbers/{number_id}"},
    {"attach_number", "agentphone://account"},
    {"attach_number", "agentphone://agents/{agent_id}"},
    {"attach_number", "agentphone://numbers/{number_id}"},
    {"detach_number", "agentphone://account"},
    {"detach_number", "agentphone://agents/{agent_id}"},
    {"detach_number", "agentphone://numbers/{number_id}"},
    {"buy_number", "agentphone://account"},
    {"buy_number", "agentphone://agents/{agent_id}"},
    {"buy_number", "agentphone://numbers/{number_id}"},
    {"release_number", "agentphone://account"},
    {"release_number", "agentphone://agents/{former_agent_id}"},
    {"release_number", "agentphone://numbers/{number_id}"},
    {"set_webhook", "agentphone://account"},
    {"test_webhook", "agentphone://account"},
    {"send_sms", "agentphone://account"},
    {"send_sms", "agentphone://inbox"},
    {"send_sms", "agentphone://conversations/{conversation_id}"},
    {"place_call", "agentphone://account"},
    {"place_call", "agentphone://calls/{call_id}"},
    {"place_call", "agentphone://calls/{call_id}/transcript"},
    {"end_call", "agentphone://calls/{call_id}"},
    {"end_call", "agentphone://calls/{call_id}/transcript"},
}};

// clang-format on

/// Adds the texts that are members `name` of `answer`, of its objects and of the objects in its arrays.
void collect_ids(std::string_view name, const Json& answer, std::set<std::string>& ids) {
  if (!answer.is_structured()) return;
  const auto found = answer.is_object() ? answer.find(name) : answer.end();
  if (found != answer.end() && found->is_string()) ids.insert(found->get<std::string>());
  for (const Json& part : answer) collect_ids(name, part, ids);
}

/// The ids that the answer names, or else the one that the arguments name.
std::set<std::string> find_ids(std::string_view name, const Json& arguments, const Json& structured) {
  std::set<std::string> ids;
  collect_ids(name, structured, ids);
  if (ids.empty()) collect_ids(name, arguments, ids);
  ids.erase("");
  return ids;
}

}  // namespace

std::vector<std::string> changed_resources(std::string_view tool, const Json& arguments, const Json& structured) {
  std::vector<std::string> uris;
  for (const Effect& effect : kEffects) {
    if (effect.tool != tool) continue;
    const auto open = effect.uri.find('{');
    if (open == std::string_view::npos) {
      uris.emplace_back(effect.uri);
      continue;
    }
    const auto close = effect.uri.find('}');
    for (const std::string& id : find_ids(effect.uri.substr(open + 1, close - open - 1), arguments, structured)) {
      uris.push_back(std::string(effect.uri.substr(0, open)) + id + std::string(effect.uri.substr(close + 1)));
    }
  }
  return uris;
}

}  // namespace apmcp::tools

#include "tools/changes.h"

#include <algorithm>
#include <array>

namespace apmcp::tools {
namespace {

struct Effect {
  std::string_view tool;
  std::string_view uri;  ///< {name} stands for that member of the answer or of the arguments
};

// clang-format off
constexpr std::array<Effect, 25> kEffects{{
    {"verify", "agentphone://account"},
    {"create_agent", "agentphone://account"},
    {"create_agent", "agentphone://agents/{agent_id}"},
    {"update_agent", "agentphone://account"},
    {"update_agent", "agentphone://agents/{agent_id}"},
    {"delete_agent", "agentphone://account"},
    {"delete_agent", "agentphone://agents/{agent_id}"},
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
    {"release_number", "agentphone://numbers/{number_id}"},
    {"set_webhook", "agentphone://account"},
    {"send_sms", "agentphone://inbox"},
    {"send_sms", "agentphone://conversations/{conversation_id}"},
    {"place_call", "agentphone://calls/{call_id}"},
    {"place_call", "agentphone://calls/{call_id}/transcript"},
    {"end_call", "agentphone://calls/{call_id}"},
    {"end_call", "agentphone://calls/{call_id}/transcript"},
}};

// clang-format on

/// The text member `name` of the answer, of an object in it, or of the arguments; empty when there is none.
std::string find_id(std::string_view name, const Json& arguments, const Json& structured) {
  const auto text_in = [name](const Json& object) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  std::string id = text_in(structured);
  if (structured.is_object()) {
    for (const Json& part : structured) {
      if (id.empty()) id = text_in(part);
    }
  }
  return id.empty() ? text_in(arguments) : id;
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
    const std::string id = find_id(effect.uri.substr(open + 1, close - open - 1), arguments, structured);
    if (id.empty()) continue;
    uris.push_back(std::string(effect.uri.substr(0, open)) + id + std::string(effect.uri.substr(close + 1)));
  }
  return uris;
}

}  // namespace apmcp::tools

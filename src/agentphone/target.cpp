#include "agentphone/target.h"

#include <algorithm>
#include <array>

namespace apmcp::agentphone {
namespace {

constexpr std::size_t kMaxIdBytes = 64;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

struct IdHelp {
  std::string_view argument;
  std::string_view example;
  std::string_view tool;
};

constexpr std::array<IdHelp, 5> kIdHelp{{
    {"agent_id", "agt_01HZX5", "list_agents"},
    {"number_id", "num_01HZX6", "list_numbers"},
    {"from_number_id", "num_01HZX6", "list_numbers"},
    {"conversation_id", "conv_01J0A3", "list_conversations"},
    {"call_id", "call_01J0C2", "list_calls"},
}};

}  // namespace

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '_' || c == '-'; });
}

Status check_id(std::string_view argument, std::string_view id) {
  if (is_id(id)) return Unit{};
  const auto* const help =
      std::find_if(kIdHelp.begin(), kIdHelp.end(), [&](const IdHelp& row) { return row.argument == argument; });
  const std::string_view example = help == kIdHelp.end() ? "agt_01HZX5" : help->example;
  const std::string_view tool = help == kIdHelp.end() ? "account_overview" : help->tool;
  return Error{.code = ErrorCode::kBadArguments,
               .message = std::string(argument) +
                          " is no id: expected 1 to 64 letters, digits, '_' or '-', such as \"" + std::string(example) +
                          "\".",
               .next_step = "Take the id from " + std::string(tool) + " exactly as it stands there.",
               .data = {{"field", argument}, {"example", example}}};
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kHex[byte >> 4U]);
    out.push_back(kHex[byte & 0x0FU]);
  }
  return out;
}

Query& Query::add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += text_.empty() ? '?' : '&';
  text_ += name;
  text_ += '=';
  text_ += percent_encode(value);
  return *this;
}

Query& Query::add(std::string_view name, const std::optional<std::string>& value) {
  return value ? add(name, std::string_view(*value)) : *this;
}

Query& Query::add(std::string_view name, const std::optional<std::int64_t>& value) {
  return value ? add(name, std::string_view(std::to_string(*value))) : *this;
}

}  // namespace apmcp::agentphone

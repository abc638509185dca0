#include "resources/suggestions.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "tools/call_scope.h"

namespace apmcp::resources {
namespace {

constexpr std::int64_t kMost = 100;  // of the service's pages, and of an answer to a client
constexpr std::chrono::milliseconds kPatience{3000};

struct Candidate {
  std::string id;
  std::string known_as;  ///< a name or a phone number
};

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

/// Where `typed` stands in `text`, whatever the case; npos when nowhere.
std::size_t position(std::string_view text, std::string_view typed) {
  const auto* const found = std::search(text.begin(), text.end(), typed.begin(), typed.end(), same_letter);
  return found == text.end() && !typed.empty() ? std::string_view::npos
                                               : static_cast<std::size_t>(found - text.begin());
}

/// How well it fits, 0 is best: the id begins so, the name begins so, it is in the name, it is in the id.
std::size_t rank(const Candidate& candidate, std::string_view typed) {
  constexpr std::size_t kNot = 4;
  const std::size_t in_id = position(candidate.id, typed);
  const std::size_t in_name = position(candidate.known_as, typed);
  if (in_id == 0) return 0;
  if (in_name == 0) return 1;
  if (in_name != std::string_view::npos) return 2;
  return in_id != std::string_view::npos ? 3 : kNot;
}

mcp::Completion best(const std::vector<Candidate>& candidates, std::string_view typed, bool has_more) {
  mcp::Completion completion{.values = {}, .total = std::nullopt, .has_more = has_more};
  for (std::size_t wanted = 0; wanted < 4; ++wanted) {
    for (const Candidate& candidate : candidates) {
      if (rank(candidate, typed) == wanted) completion.values.push_back(candidate.id);
    }
  }
  return completion;
}

/// `list` gives a page of the service, `known_as` what a person calls one of its rows.
template <typename List, typename KnownAs>
mcp::Completion suggest(std::string_view typed, const tools::ToolCall& call, List list, KnownAs known_as) {
  auto options = call.options;
  options.timeout = std::min(options.timeout, kPatience);
  const auto page = list(agentphone::PageQuery{.limit = kMost, .offset = std::nullopt}, options);
  if (!page) return {};
  std::vector<Candidate> candidates;
  for (const auto& row : page->data) candidates.push_back({row.id, known_as(row)});
  return best(candidates, typed, page->has_more);
}

}  // namespace

mcp::Completion suggest_agents(std::string_view typed, tools::ToolCall& call) {
  return suggest(
      typed, call, [&](const auto& page, const auto& options) { return call.api().list_agents(page, options); },
      [](const agentphone::Agent& agent) { return agent.name; });
}

mcp::Completion suggest_numbers(std::string_view typed, tools::ToolCall& call) {
  return suggest(
      typed, call, [&](const auto& page, const auto& options) { return call.api().list_numbers(page, options); },
      [](const agentphone::PhoneNumber& number) { return number.phone_number; });
}

mcp::Completion suggest_conversations(std::string_view typed, tools::ToolCall& call) {
  return suggest(
      typed, call,
      [&](const auto& page, const auto& options) { return call.api().list_conversations(std::nullopt, page, options); },
      [](const agentphone::Conversation& conversation) { return conversation.participant; });
}

mcp::Completion suggest_calls(std::string_view typed, tools::ToolCall& call) {
  return suggest(
      typed, call,
      [&](const auto& page, const auto& options) {
        return call.api().list_calls(std::nullopt, {.page = page, .status = {}, .direction = {}, .search = {}},
                                     options);
      },
      [](const agentphone::Call& row) { return row.direction == "inbound" ? row.from_number : row.to_number; });
}

mcp::Completer id_completer(Suggest suggest, tools::ToolServices& services) {
  return [suggest, &services](std::string_view typed, const mcp::NamedValues& /*others*/,
                              mcp::RequestContext& context) -> Result<mcp::Completion> {
    tools::CallScope scope(services, context);
    return suggest(typed, scope.call());
  };
}

mcp::Completer word_completer(std::vector<std::string> words) {
  std::vector<Candidate> candidates;
  candidates.reserve(words.size());
  for (std::string& word : words) candidates.push_back({.id = std::move(word), .known_as = {}});
  return [candidates = std::move(candidates)](std::string_view typed, const mcp::NamedValues& /*others*/,
                                              mcp::RequestContext& /*context*/) -> Result<mcp::Completion> {
    return best(candidates, typed, false);
  };
}

}  // namespace apmcp::resources

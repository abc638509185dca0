#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/reply.h"
#include "sandbox/validation.h"
#include "sandbox/webhook_post.h"
#include "sandbox/world.h"

namespace apmcp::sandbox {

/// An authorised and validated request on its way through one operation.
struct Context {
  World& world;
  Account* account;              ///< nullptr only for the two sign-up operations
  std::vector<std::string> ids;  ///< values of the path's parameters, decoded
  Query query;
  Json body;  ///< an object; empty when the request had none

  /// An operation that has to ask an endpoint first: what is posted (outside the simulator's lock), and how the outcome
  /// becomes the reply (inside it again).
  std::optional<Delivery> post;
  std::function<Reply(World&, const PostResult&)> finish;

  /// A long poll: the reply stands only if nothing changes until then; the operation is asked again when something
  /// does.
  std::optional<TimePoint> hold_until;
  /// Set: the answer is the transcript of this call as a stream.
  std::string follow_call;
};

using Operation = Reply (*)(Context& in);
using Rules = std::span<const FieldRule>;

struct Route {
  std::string_view method;
  std::string_view path;  ///< "{}" stands for one segment; a literal segment wins by standing earlier
  Operation operation;
  Rules body, query;
  int per_minute = 0;  ///< throttle per key; 0 for none
  bool needs_key = true;
  bool body_required = false;
};

/// How good a model a hosted agent or a call may ask for.
inline constexpr std::array<std::string_view, 3> kModelTiers = {"turbo", "balanced", "max"};

/// Every operation the sandbox has, literal paths first.
std::span<const Route> routes();

// Sign-up and account (accounts.cpp)
Reply start_sign_up(Context& in);
Reply finish_sign_up(Context& in);
Reply get_usage(Context& in);
Rules sign_up_rules();
Rules verify_rules();

// Agents (agents.cpp)
Reply list_agents(Context& in);
Reply create_agent(Context& in);
Reply get_agent(Context& in);
Reply update_agent(Context& in);
Reply delete_agent(Context& in);
Reply attach_number(Context& in);
Reply detach_number(Context& in);
Rules create_agent_rules();
Rules update_agent_rules();
Rules attach_number_rules();

// Numbers (numbers.cpp)
Reply list_numbers(Context& in);
Reply buy_number(Context& in);
Reply release_number(Context& in);
Rules buy_number_rules();

// Messages and conversations (messages.cpp)
Reply send_message(Context& in);
Reply list_messages(Context& in);
Reply list_conversations(Context& in);
Reply list_agent_conversations(Context& in);
Reply get_conversation(Context& in);
Rules send_message_rules();
Rules message_page_rules();
Rules conversation_rules();

// Calls (calls.cpp)
Reply place_call(Context& in);
Reply list_calls(Context& in);
Reply list_agent_calls(Context& in);
Reply get_call(Context& in);
Reply end_call(Context& in);
Reply get_transcript(Context& in);
Reply stream_transcript(Context& in);
Rules place_call_rules();
Rules call_filter_rules();
Rules call_wait_rules();

// Webhooks (webhooks.cpp)
Reply get_webhook(Context& in);
Reply set_webhook(Context& in);
Reply get_agent_webhook(Context& in);
Reply set_agent_webhook(Context& in);
Reply test_webhook(Context& in);
Rules webhook_rules();

// Voices (voices.cpp)
Reply list_voices(Context& in);

/// limit 1-100 and offset of the offset-paged lists.
Rules page_rules();

/// Page of `rows` as {data, hasMore, total}; limit and offset from the query.
template <typename Row, typename Shape>
Reply offset_page(const Query& query, const std::vector<const Row*>& rows, Shape shape) {
  const std::size_t limit = query_size(query, "limit", 20);
  const std::size_t offset = query_size(query, "offset", 0);
  Json data = Json::array();
  for (std::size_t i = offset; i < rows.size() && data.size() < limit; ++i) data.push_back(shape(*rows[i]));
  const bool has_more = offset + data.size() < rows.size();
  return ok({{"data", std::move(data)}, {"hasMore", has_more}, {"total", rows.size()}});
}

/// The account's agent, number, ... with that id, or nullptr: somebody else's is as unknown as none.
template <typename Map>
auto* find_in(Map& map, std::string_view id) {
  const auto found = map.find(id);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace apmcp::sandbox

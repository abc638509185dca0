#include "mcp/request_states.h"

#include <utility>

#include "base/json_parse.h"
#include "base/random.h"

namespace apmcp::mcp {
namespace {

Error not_valid() {
  return {.code = ErrorCode::kInvalidParams,
          .message = "\"requestState\" is not valid for this request, or no longer. Start again without it."};
}

Error used_before() {
  return {.code = ErrorCode::kInvalidParams,
          .message = "\"requestState\" was used before. Start again without it to ask anew."};
}

}  // namespace

Result<std::string> RequestStates::seal(RequestState state, std::string_view purpose) {
  const auto expires_at = std::chrono::floor<std::chrono::seconds>(clock_.now() + lifetime_);
  // Short names: a client sends this back with every round.
  const Json payload{{"r", state.round},
                     {"a", std::move(state.answers)},
                     {"q", std::move(state.asked)},
                     {"h", std::move(state.handler)},
                     {"n", random_id()},
                     {"e", expires_at.time_since_epoch().count()}};
  auto sealed = seal_.seal(dump_json(payload), purpose);
  if (sealed && sealed->size() > kMaxBytes) {
    return Error{.code = ErrorCode::kInputRefused, .message = "The answers are too long to be carried on."};
  }
  return sealed;
}

Result<RequestState> RequestStates::open(std::string_view sealed, std::string_view purpose) {
  if (sealed.size() > kMaxBytes) return not_valid();
  auto text = seal_.open(sealed, purpose);
  if (!text) return text.error().code == ErrorCode::kInvalidParams ? not_valid() : std::move(text).error();
  auto payload = parse_json(*text);
  if (!payload) return not_valid();  // ours, but of another version of this server
  RequestState state;
  state.round = payload->value("r", 0);
  state.answers = payload->value("a", Json::object());
  state.asked = payload->value("q", Json::object());
  state.handler = payload->value("h", Json::object());
  state.nonce = payload->value("n", std::string());
  state.expires_at = Clock::TimePoint(std::chrono::seconds(payload->value("e", std::int64_t{0})));
  if (state.expires_at <= clock_.now()) return not_valid();
  return state;
}

Status RequestStates::spend(const RequestState& state) {
  // Checked again: time has passed since open(), and an expired state is no longer remembered as spent.
  const Clock::TimePoint now = clock_.now();
  if (state.expires_at <= now) return not_valid();
  auto is_first = spent_->spend(state.nonce, state.expires_at, now);
  if (!is_first) return std::move(is_first).error();
  return *is_first ? Status(Unit{}) : Status(used_before());
}

}  // namespace apmcp::mcp

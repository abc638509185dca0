#include "mcp/round_trip.h"

#include <utility>

#include "base/json_parse.h"
#include "mcp/input_request.h"
#include "mcp/wire_error.h"

namespace apmcp::mcp {
namespace {

constexpr const char* kResponses = "inputResponses";
constexpr const char* kState = "requestState";

/// Caller, method and everything in the params that must stay the same from round to round, in one spelling.
std::string purpose_of(std::string_view method, const Json& params, const std::string& caller) {
  nlohmann::json same(params);
  for (const char* changing : {kResponses, kState, "_meta"}) same.erase(changing);
  return nlohmann::json::array({caller, method, std::move(same)})
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

RoundTrip::RoundTrip(RoundTrip&& other) noexcept
    : states_(other.states_),
      purpose_(std::move(other.purpose_)),
      before_(std::move(other.before_)),
      is_spent_(other.is_spent_),
      must_carry_(other.must_carry_),
      given_(std::move(other.given_)),
      used_(std::move(other.used_)),
      missing_(std::move(other.missing_)),
      asked_(std::move(other.asked_)) {}

Result<RoundTrip> RoundTrip::begin(RequestStates* states, std::string_view method, const Json& params,
                                   RequestContext& context) {
  RoundTrip round(states, states == nullptr ? std::string() : purpose_of(method, params, context.caller));
  if (const Json* sealed = member(params, kState); sealed != nullptr && states != nullptr) {
    if (!sealed->is_string()) return invalid_params("\"requestState\" must be a string.");
    auto state = states->open(sealed->get_ref<const std::string&>(), round.purpose_);
    if (!state) return std::move(state).error();
    round.before_ = *std::move(state);
    context.state = round.before_.handler;
  }
  const Json* responses = member(params, kResponses);
  if (responses != nullptr && !responses->is_object()) return invalid_params("\"inputResponses\" must be an object.");
  round.read_answers(responses == nullptr ? Json::object() : *responses);
  return round;
}

void RoundTrip::read_answers(const Json& responses) {
  given_ = before_.answers;
  for (const auto& [key, answer] : responses.items()) {
    // What was settled in an earlier round stands, unless the last one asked for it again.
    const Json* question = member(before_.asked, key);
    if (question == nullptr && given_.contains(key)) continue;
    given_[key] = Json{{"answer", answer}};
    if (question != nullptr && !question->is_null()) given_[key]["question"] = *question;
  }
}

const Json* RoundTrip::find(const InputRequest& request, AnswerProof proof) const {
  const Json* entry = member(given_, request.key);
  const Json* answer = entry == nullptr ? nullptr : member(*entry, "answer");
  if (answer == nullptr || !is_answer(request, *answer)) return nullptr;
  if (proof == AnswerProof::kNone) return entry;
  const Json* question = member(*entry, "question");
  return question != nullptr && *question == to_input_request(request) ? entry : nullptr;
}

Result<std::vector<Json>> RoundTrip::ask(std::span<const InputRequest> requests, AnswerProof proof) {
  std::vector<Json> answers;
  for (const InputRequest& request : requests) {
    if (const Json* entry = find(request, proof)) {
      answers.push_back((*entry)["answer"]);
      used_[request.key] = *entry;
      continue;
    }
    missing_[request.key] = to_input_request(request);
    asked_[request.key] = proof == AnswerProof::kSealed ? missing_[request.key] : Json();
    must_carry_ = must_carry_ || proof == AnswerProof::kSealed;
  }
  if (answers.size() < requests.size()) {
    return Error{.code = ErrorCode::kInputRequired, .message = "The client must be asked first."};
  }
  if (proof == AnswerProof::kSealed && !is_spent_ && !requests.empty()) {
    if (auto spent = states_->spend(before_); !spent) return std::move(spent).error();
    is_spent_ = true;
  }
  return answers;
}

Result<Json> RoundTrip::input_required(const Json& handler_state) const {
  Json members{{"inputRequests", missing_}};
  if (!must_carry_ && used_.empty() && handler_state.empty()) return members;
  if (states_ == nullptr) {
    return Error{.code = ErrorCode::kInternal, .message = "This server cannot carry answers to a second round."};
  }
  auto sealed = states_->seal({.round = before_.round + 1, .answers = used_, .asked = asked_, .handler = handler_state},
                              purpose_);
  if (!sealed) return std::move(sealed).error();
  members[kState] = *std::move(sealed);
  return members;
}

}  // namespace apmcp::mcp

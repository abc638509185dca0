#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/tool.h"
#include "mcp/request_states.h"

namespace apmcp::mcp {

/// One round of a request of 2026-07-28 ("Multi Round-Trip Requests"): the client repeats its request with the answers
/// to what the round before asked. Lives as long as the handler runs, on its thread.
class RoundTrip final : public InputChannel {
 public:
  /// Reads "inputResponses" and "requestState" of `params`; what the handler had put into its state is in `context`
  /// then. `states` may be nullptr: then nothing can be carried, and "requestState" is not read. kInvalidParams for
  /// answers that are no object and for a state that is not ours or not for this request.
  static Result<RoundTrip> begin(RequestStates* states, std::string_view method, const Json& params,
                                 RequestContext& context);

  /// kInputRequired when an answer is missing or unusable.
  Result<std::vector<Json>> ask(std::span<const InputRequest> requests, AnswerProof proof) override;

  /// After kInputRequired: the members "inputRequests" and "requestState" of the result. The state is there only when
  /// something must be carried. `handler_state` is what the handler left in its context.
  Result<Json> input_required(const Json& handler_state) const;

  RoundTrip(RoundTrip&& other) noexcept;
  ~RoundTrip() override = default;

 private:
  RoundTrip(RequestStates* states, std::string purpose) : states_(states), purpose_(std::move(purpose)) {}

  [[nodiscard]] const Json* find(const InputRequest& request, AnswerProof proof) const;
  void read_answers(const Json& responses);

  RequestStates* states_;
  std::string purpose_;
  RequestState before_;            // of the round before; round 0: there was none
  bool is_spent_ = false;          // before_ was used up by this round
  bool must_carry_ = false;        // a missing answer must be proved, so the client gets state in any case
  Json given_ = Json::object();    // by key, in the form of RequestState::answers
  Json used_ = Json::object();     // the part of it that the handler asked for
  Json missing_ = Json::object();  // what the client must be asked
  Json asked_ = Json::object();    // the same in the form of RequestState::asked
};

}  // namespace apmcp::mcp

#pragma once

#include <string_view>

#include "agentphone_mcp/result.h"
#include "http/http_transport.h"

// From a 2xx answer to a model. Shared by the files that implement AgentPhoneApi.
namespace apmcp::agentphone {

/// A 2xx answer that cannot be read: kInvalidUpstream for a read. For a write it is kOutcomeUnknown, because it was
/// most likely done and must not be repeated. `what` names the fault ("call.id must be a string"), no contents.
Error unreadable_answer(http::Method method, std::string_view target, std::string_view what);

/// kConflict when a 2xx answer says {"success": false} of itself.
Status check_success(http::Method method, std::string_view target, const Json& answer);

template <typename Model, typename Read>
Result<Model> read_answer(http::Method method, std::string_view target, const Result<Json>& answer, Read read) {
  if (!answer) return answer.error();
  Result<Model> model = read(*answer);
  if (!model) return unreadable_answer(method, target, model.error().message);
  return model;
}

}  // namespace apmcp::agentphone

#include "agentphone/answer.h"

#include <string>

#include "agentphone/operation.h"
#include "base/json_reader.h"

namespace apmcp::agentphone {

Error unreadable_answer(http::Method method, std::string_view target, std::string_view what) {
  const Operation& operation = operation_of(method, target);
  Error error{.data = {{"detail", what}}};
  if (http::is_read(method)) {
    error.code = ErrorCode::kInvalidUpstream;
    error.message =
        "AgentPhone's answer to " + std::string(operation.tool) + " could not be read (" + std::string(what) + ").";
    error.next_step = "Try again; if it stays, tell the person that the service and this server may not fit together.";
    return error;
  }
  error.code = ErrorCode::kOutcomeUnknown;
  error.message = "AgentPhone accepted " + std::string(operation.tool) + ", but its answer could not be read (" +
                  std::string(what) + "), so what came of it is not known.";
  error.next_step = operation.unknown;
  return error;
}

Status check_success(http::Method method, std::string_view target, const Json& answer) {
  if (!answer.is_object()) return Unit{};
  JsonReader in(answer, "answer");
  if (in.opt_boolean("success").value_or(true)) return Unit{};
  const Operation& operation = operation_of(method, target);
  return Error{.code = ErrorCode::kConflict,
               .message = "AgentPhone says that " + std::string(operation.tool) + " did not succeed, without a reason.",
               .next_step = std::string(operation.unknown)};
}

}  // namespace apmcp::agentphone

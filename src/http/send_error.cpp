#include "http/send_error.h"

namespace apmcp::http {
namespace {

const char* stage_name(Stage stage) {
  switch (stage) {
    case Stage::kConnect: return "connect";
    case Stage::kSend: return "send";
    case Stage::kReceive: break;
  }
  return "receive";
}

ErrorCode code_of(Method method, const CallState& call) {
  const bool is_unknown = !is_read(method) && call.bytes_sent > 0;
  if (is_unknown) return ErrorCode::kOutcomeUnknown;
  if (call.fault == Fault::kStopped) return ErrorCode::kCancelled;
  return call.fault == Fault::kDeadline && call.bytes_sent > 0 ? ErrorCode::kTimeout : ErrorCode::kUpstreamDown;
}

std::string message_of(ErrorCode code, const std::string& host, const CallState& call) {
  switch (code) {
    case ErrorCode::kCancelled: return "The request was cancelled.";
    case ErrorCode::kTimeout: return host + " did not answer in time.";
    case ErrorCode::kOutcomeUnknown:
      return "The request was sent to " + host + " and no complete answer came back (" + call.detail +
             "). It may have been carried out.";
    default: break;
  }
  if (call.fault == Fault::kMalformed) return "The answer of " + host + " cannot be used: " + call.detail + ".";
  if (call.bytes_sent > 0) return "No complete answer came from " + host + ": " + call.detail + ".";
  return host + " could not be reached: " + call.detail + ". Nothing was sent.";
}

std::string next_step_of(ErrorCode code, const CallState& call) {
  switch (code) {
    // Whoever cancels a request gets no answer, so this is read when it was the server that ended it.
    case ErrorCode::kCancelled: return "The server is stopping. Ask again once it is back.";
    case ErrorCode::kOutcomeUnknown: return "Do not send it again before a look shows that it was not carried out.";
    case ErrorCode::kTimeout: return "Ask again, or ask for less.";
    default: break;
  }
  if (call.fault == Fault::kTls)
    return "Repeating will not help: check the network, the clock and the CA certificates.";
  return "Check the network connection and try again shortly.";
}

}  // namespace

Error send_error(Method method, const std::string& host, const CallState& call) {
  const ErrorCode code = code_of(method, call);
  return Error{.code = code,
               .message = message_of(code, host, call),
               .next_step = next_step_of(code, call),
               .data = {{"stage", stage_name(call.stage)}, {"bytes_sent", call.bytes_sent}}};
}

}  // namespace apmcp::http

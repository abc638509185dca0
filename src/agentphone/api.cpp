#include "agentphone/api.h"

#include <string>
#include <utility>

#include "agentphone/answer.h"
#include "agentphone/errors.h"
#include "agentphone/operation.h"
#include "agentphone/target.h"
#include "base/json_parse.h"

namespace apmcp::agentphone {
namespace {

Error no_key() {
  return {.code = ErrorCode::kUnauthorized,
          .message = "There is no AgentPhone API key yet.",
          .next_step =
              "Call sign_up with the person's mailbox and then verify with the code they receive. If they "
              "already have an account, ask the person for a key from the dashboard "
              "(agentphone.to/dashboard, Settings, API Keys), to be set as AGENTPHONE_API_KEY and never "
              "pasted into the chat."};
}

void replace_all(std::string& text, const std::string& secret) {
  constexpr std::string_view kMark = "[redacted]";
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kMark.size())) {
    text.replace(at, secret.size(), kMark);
  }
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as our own error data, three levels
void replace_all(Json& value, const std::string& secret) {
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    replace_all(text, secret);
    value = std::move(text);
  } else if (value.is_structured()) {
    for (Json& item : value) replace_all(item, secret);
  }
}

/// The service may quote the key that it refuses, and not every key has the shape that redact.h looks for.
Error without_key(Error error, const Secret& key) {
  constexpr std::size_t kShortestKey = 6;
  if (key.reveal().size() < kShortestKey) return error;
  replace_all(error.message, key.reveal());
  replace_all(error.data, key.reveal());
  return error;
}

/// Says what a failure on the way means for this operation. Code, data and message stay the transport's.
Error explain_transport_error(Error error, const Operation& operation) {
  if (!error.next_step.empty()) return error;
  switch (error.code) {
    case ErrorCode::kOutcomeUnknown: error.next_step = operation.unknown; break;
    case ErrorCode::kTimeout:
      error.next_step = "Try again; where the tool takes a limit or a filter, ask for less.";
      break;
    case ErrorCode::kUpstreamDown:
      error.next_step = http::is_read(operation.method)
                            ? "Try again in a moment; if it stays, ask the person to check the network connection."
                            : "Nothing was sent, so it is safe to try again in a moment; if it stays, ask the person "
                              "to check the network connection.";
      break;
    default: break;
  }
  return error;
}

}  // namespace

AgentPhoneApi::AgentPhoneApi(http::HttpTransport& transport, Credentials& credentials)
    : transport_(transport), credentials_(credentials) {}

Result<Json> AgentPhoneApi::call(http::Method method, std::string target, const Json* body, const Options& options,
                                 bool needs_key) {
  http::HttpRequest request{.method = method, .target = std::move(target)};
  if (needs_key) {
    request.bearer = credentials_.key();
    if (request.bearer.empty()) return no_key();
  }
  if (body != nullptr) request.body = dump_json(*body);

  const auto response = accepted(transport_.send(request, options), request);
  if (!response) return response.error();
  if (response->body.empty()) return Json(nullptr);
  auto parsed = parse_json(response->body, upstream_json_limits());
  if (!parsed) return unreadable_answer(method, request.target, "it is no valid JSON");
  return parsed;
}

Status AgentPhoneApi::follow_transcript(std::string_view call_id, const OnTranscriptEvent& on_event,
                                        const Options& options) {
  if (auto valid = check_id("call_id", call_id); !valid) return std::move(valid).error();
  const http::HttpRequest request{.method = http::Method::kGet,
                                  .target = "/v1/calls/" + percent_encode(call_id) + "/transcript/stream",
                                  .body = {},
                                  .bearer = credentials_.key()};
  if (request.bearer.empty()) return no_key();
  EventStreamParser parser;
  EventStreamParser::Progress progress = EventStreamParser::Progress::kMore;
  const auto take = [&](const StreamEvent& raw) {
    const auto event = read_transcript_event(raw);
    if (!event) return true;
    return on_event(*event) && !std::holds_alternative<CallEnded>(*event);
  };
  const auto response = accepted(transport_.stream(request, options,
                                                   [&](std::string_view bytes) {
                                                     progress = parser.feed(bytes, take);
                                                     return progress == EventStreamParser::Progress::kMore;
                                                   }),
                                 request);
  if (!response) return response.error();
  if (progress == EventStreamParser::Progress::kEnough) return Unit{};
  if (progress == EventStreamParser::Progress::kTooLong) {
    return unreadable_answer(request.method, request.target, "an event is too long");
  }
  return Error{.code = ErrorCode::kUpstreamDown,
               .message = "The live transcript broke off before the call was over.",
               .next_step = "Call poll_call for how the call stands."};
}

Result<http::HttpResponse> AgentPhoneApi::accepted(Result<http::HttpResponse> response,
                                                   const http::HttpRequest& request) {
  if (!response) {
    const Operation& operation = operation_of(request.method, request.target);
    return without_key(explain_transport_error(std::move(response).error(), operation), request.bearer);
  }
  constexpr int kFirstRedirect = 300;
  if (response->status < 200 || response->status >= kFirstRedirect) {
    return without_key(error_from_response(request.method, request.target, *response), request.bearer);
  }
  return response;
}

}  // namespace apmcp::agentphone

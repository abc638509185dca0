#include "inbox/endpoint.h"

#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "base/json_parse.h"
#include "base/log.h"
#include "base/log_pace.h"
#include "webhook/receiver.h"

namespace apmcp::inbox {
namespace {

using listener::HttpRequest;
using listener::HttpResponse;

constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kTooLarge = 413;
constexpr int kUnavailable = 503;

/// The options of an endpoint, and what it shares between its threads.
struct State {
  explicit State(EndpointOptions given) : options(std::move(given)) {}

  const EndpointOptions options;
  log::Pace refusals;
};

HttpResponse refusal_of(int status, std::string_view why) {
  return {.status = status, .content_type = "application/json", .body = dump_json(Json{{"error", why}})};
}

/// Empty when it is missing or there twice: then it is not known which one the sender meant.
std::string_view only_header(const HttpRequest& request, std::string_view name) {
  std::string_view found;
  int times = 0;
  for (const auto& [field, value] : request.headers) {
    if (field != name) continue;
    found = value;
    ++times;
  }
  return times == 1 ? found : std::string_view();
}

HttpResponse accepted(const webhook::Event& event, const EndpointOptions& options) {
  const Json answer = event.kind == webhook::EventKind::kVoiceTurn ? options.voice_answer : Json::object();
  return {.content_type = "application/json", .body = dump_json(answer)};
}

/// Strangers can cause these lines too, so each reason has its own pace: theirs hides no other.
void log_refusal(const webhook::Refusal& refusal, State& state) {
  const auto skipped = state.refusals.pass(refusal.why, state.options.clock->now());
  if (!skipped) return;
  log::warn("webhook_refused", {{"why", std::string(refusal.why)},
                                {"age_seconds", refusal.age ? std::to_string(refusal.age->count()) : "-"},
                                {"check", std::string(refusal.check)},
                                {"more_before", std::to_string(*skipped)}});
}

HttpResponse refuse(const webhook::Refusal& refusal, State& state) {
  log_refusal(refusal, state);
  state.options.count(refusal.status == kUnavailable ? "put_off" : "refused");
  HttpResponse reply = refusal_of(refusal.status, refusal.why);
  if (refusal.status == kMethodNotAllowed) reply.headers.emplace_back("Allow", "POST");
  return reply;
}

bool is_too_long(const HttpRequest& request) {
  std::size_t length = request.body.size();
  if (const std::string* announced = request.header("content-length")) {
    std::from_chars(announced->data(), announced->data() + announced->size(), length);
  }
  return length > kMaxDelivery;
}

/// Why the request cannot be a delivery, as far as its head shows.
std::optional<HttpResponse> check_head(const HttpRequest& head, State& state) {
  if (head.path != kEndpointPath) {
    return refusal_of(kNotFound, "There is nothing at this path. Webhook events go to /webhooks/agentphone.");
  }
  if (head.method != "POST") return refuse({kMethodNotAllowed, "Webhook events are sent with POST."}, state);
  if (is_too_long(head)) return refuse({kTooLarge, "The event is longer than 1 MiB."}, state);
  const bool is_signed =
      !only_header(head, "x-webhook-signature").empty() && !only_header(head, "x-webhook-timestamp").empty();
  return is_signed ? std::nullopt : std::optional(refuse(webhook::kUnsigned, state));
}

HttpResponse take(const HttpRequest& request, State& state) {
  const EndpointOptions& options = state.options;
  if (auto refusal = check_head(request, state)) return *std::move(refusal);
  const auto checked = webhook::receive({.id = only_header(request, "x-webhook-id"),
                                         .timestamp = only_header(request, "x-webhook-timestamp"),
                                         .signature = only_header(request, "x-webhook-signature"),
                                         .body = request.body},
                                        options.secrets(), options.clock->now());
  if (const auto* refusal = std::get_if<webhook::Refusal>(&checked)) return refuse(*refusal, state);
  const auto& received = std::get<webhook::Received>(checked);
  const webhook::Event& event = received.event;
  if (event.is_echo() || event.kind == webhook::EventKind::kOther) {
    options.count("ignored");
    return accepted(event, options);
  }
  const auto is_new = options.inbox->keep(received, request.body);
  if (!is_new) {
    log::error("webhook_not_kept", {{"why", is_new.error().message}});
    options.count("not_kept");
    // A turn of a call is not sent again: without an answer the caller would hear nothing.
    if (event.kind == webhook::EventKind::kVoiceTurn) return accepted(event, options);
    return refusal_of(kUnavailable, "The event could not be kept. Send it again.");
  }
  options.count(*is_new ? "kept" : "repeated");
  if (*is_new) options.on_kept(event);
  return accepted(event, options);
}

}  // namespace

Endpoint make_endpoint(EndpointOptions options) {
  // Shared, because a handler can be copied and the options hold what cannot.
  const auto shared = std::make_shared<State>(std::move(options));
  return {.handler = [shared](const HttpRequest& request, listener::Peer& /*peer*/) { return take(request, *shared); },
          .check_head = [shared](const HttpRequest& head) { return check_head(head, *shared); }};
}

}  // namespace apmcp::inbox

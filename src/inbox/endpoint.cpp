#include "inbox/endpoint.h"

#include <memory>
#include <utility>

#include "base/json_parse.h"
#include "base/log.h"
#include "webhook/receiver.h"

namespace apmcp::inbox {
namespace {

using listener::HttpRequest;
using listener::HttpResponse;

constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kTooLarge = 413;
constexpr int kUnavailable = 503;

HttpResponse says(int status, std::string_view line) {
  return {.status = status, .content_type = "text/plain", .body = std::string(line) + "\n"};
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

HttpResponse take(const HttpRequest& request, const EndpointOptions& options) {
  const auto checked = webhook::receive({.id = only_header(request, "x-webhook-id"),
                                         .timestamp = only_header(request, "x-webhook-timestamp"),
                                         .signature = only_header(request, "x-webhook-signature"),
                                         .body = request.body},
                                        options.secrets(), options.clock->now());
  if (const auto* refusal = std::get_if<webhook::Refusal>(&checked)) {
    log::info("webhook_refused", {{"why", std::string(refusal->why)}});
    return says(refusal->status, refusal->why);
  }
  const auto& received = std::get<webhook::Received>(checked);
  const webhook::Event& event = received.event;
  if (event.is_echo() || event.kind == webhook::EventKind::kOther) return accepted(event, options);
  const auto is_new = options.inbox->keep(received, request.body);
  if (!is_new) {
    log::error("webhook_not_kept", {{"why", is_new.error().message}});
    // A turn of a call is not sent again: whoever is on the line would hear nothing.
    if (event.kind == webhook::EventKind::kVoiceTurn) return accepted(event, options);
    return says(kUnavailable, "The event could not be kept. Send it again.");
  }
  if (*is_new) options.on_kept(event);
  return accepted(event, options);
}

HttpResponse answer(const HttpRequest& request, const EndpointOptions& options) {
  if (request.path != kEndpointPath) return says(kNotFound, "There is nothing here.");
  if (request.method != "POST") {
    HttpResponse reply = says(kMethodNotAllowed, "Events are posted.");
    reply.headers.emplace_back("Allow", "POST");
    return reply;
  }
  if (request.body.size() > kMaxDelivery) return says(kTooLarge, "The event is longer than 1 MiB.");
  return take(request, options);
}

}  // namespace

listener::HttpHandler make_endpoint(EndpointOptions options) {
  // Shared, because a handler can be copied and the options hold what cannot.
  const auto shared = std::make_shared<const EndpointOptions>(std::move(options));
  return [shared](const HttpRequest& request, listener::Peer& /*peer*/) { return answer(request, *shared); };
}

}  // namespace apmcp::inbox

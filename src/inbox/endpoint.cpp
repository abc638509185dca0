#include "inbox/endpoint.h"

#include <charconv>
#include <memory>
#include <optional>
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

HttpResponse refuse(const webhook::Refusal& refusal, const EndpointOptions& options) {
  log::info("webhook_refused", {{"why", std::string(refusal.why)}});
  options.count(refusal.status == kUnavailable ? "put_off" : "refused");
  HttpResponse reply = says(refusal.status, refusal.why);
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
std::optional<HttpResponse> check_head(const HttpRequest& head, const EndpointOptions& options) {
  if (head.path != kEndpointPath) return says(kNotFound, "There is nothing here.");
  if (head.method != "POST") return refuse({kMethodNotAllowed, "Events are posted."}, options);
  if (is_too_long(head)) return refuse({kTooLarge, "The event is longer than 1 MiB."}, options);
  const bool is_signed =
      !only_header(head, "x-webhook-signature").empty() && !only_header(head, "x-webhook-timestamp").empty();
  return is_signed ? std::nullopt : std::optional(refuse(webhook::kUnsigned, options));
}

HttpResponse take(const HttpRequest& request, const EndpointOptions& options) {
  if (auto refusal = check_head(request, options)) return *std::move(refusal);
  const auto checked = webhook::receive({.id = only_header(request, "x-webhook-id"),
                                         .timestamp = only_header(request, "x-webhook-timestamp"),
                                         .signature = only_header(request, "x-webhook-signature"),
                                         .body = request.body},
                                        options.secrets(), options.clock->now());
  if (const auto* refusal = std::get_if<webhook::Refusal>(&checked)) return refuse(*refusal, options);
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
    // A turn of a call is not sent again: whoever is on the line would hear nothing.
    if (event.kind == webhook::EventKind::kVoiceTurn) return accepted(event, options);
    return says(kUnavailable, "The event could not be kept. Send it again.");
  }
  options.count(*is_new ? "kept" : "repeated");
  if (*is_new) options.on_kept(event);
  return accepted(event, options);
}

}  // namespace

Endpoint make_endpoint(EndpointOptions options) {
  // Shared, because a handler can be copied and the options hold what cannot.
  const auto shared = std::make_shared<const EndpointOptions>(std::move(options));
  return {.handler = [shared](const HttpRequest& request, listener::Peer& /*peer*/) { return take(request, *shared); },
          .check_head = [shared](const HttpRequest& head) { return check_head(head, *shared); }};
}

}  // namespace apmcp::inbox

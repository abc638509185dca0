#include "transport/http_replies.h"

#include <utility>

#include "jsonrpc/codec.h"

namespace apmcp::transport {

using listener::HttpResponse;

HttpResponse error_reply(int status, int code, std::string message, const std::optional<jsonrpc::Id>& id) {
  return json_reply(status, jsonrpc::encode_error(id, {.code = code, .message = std::move(message)}));
}

HttpResponse busy_reply(int status, std::string message, const std::optional<jsonrpc::Id>& id) {
  HttpResponse reply =
      error_reply(status, http_code::kRefused, std::move(message.append(" Try again in 1 second.")), id);
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

HttpResponse method_not_allowed(std::string allow) {
  HttpResponse reply =
      error_reply(http_status::kMethodNotAllowed, http_code::kRefused, "Method not allowed. Here only: " + allow + ".");
  reply.headers.emplace_back("Allow", std::move(allow));
  return reply;
}

HttpResponse empty_reply(int status) {
  return {.status = status};
}

HttpResponse json_reply(int status, std::string body) {
  return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

HttpResponse event_reply(std::function<bool(listener::Peer&)> stream) {
  return {.headers = {{"Cache-Control", "no-cache, no-transform"}, {"X-Accel-Buffering", "no"}},
          .content_type = "text/event-stream",
          .stream = std::move(stream)};
}

}  // namespace apmcp::transport

#pragma once

#include <optional>
#include <string>

#include "jsonrpc/message.h"
#include "listener/http_listener.h"

// The answers that the HTTP transports give by themselves. Every error has a JSON-RPC body of one line, so that clients
// can show why.
namespace apmcp::transport {

namespace http_status {
inline constexpr int kOk = 200;
inline constexpr int kAccepted = 202;
inline constexpr int kNoContent = 204;
inline constexpr int kBadRequest = 400;
inline constexpr int kUnauthorized = 401;
inline constexpr int kForbidden = 403;
inline constexpr int kNotFound = 404;
inline constexpr int kMethodNotAllowed = 405;
inline constexpr int kNotAcceptable = 406;
inline constexpr int kConflict = 409;
inline constexpr int kUnsupportedMediaType = 415;
inline constexpr int kTooManyRequests = 429;
inline constexpr int kUnavailable = 503;
}  // namespace http_status

/// Codes that servers of the handshake revisions put into HTTP error bodies. No revision defines them, and clients give
/// them no meaning; the official SDK uses the same.
namespace http_code {
inline constexpr int kRefused = -32000;
inline constexpr int kNoSuchSession = -32001;
}  // namespace http_code

listener::HttpResponse error_reply(int status, int code, std::string message,
                                   const std::optional<jsonrpc::Id>& id = std::nullopt);

/// A refusal that passes: asks the client to come back in 1 second, in Retry-After and in the text.
listener::HttpResponse busy_reply(int status, std::string message, const std::optional<jsonrpc::Id>& id = std::nullopt);

inline constexpr const char* kTooManySessions = "Too many sessions are in use.";

/// 405. `allow` is the value of the header Allow.
listener::HttpResponse method_not_allowed(std::string allow);

/// `status` without a body.
listener::HttpResponse empty_reply(int status);

listener::HttpResponse json_reply(int status, std::string body);

/// A stream of server-sent events, which `stream` writes.
listener::HttpResponse event_reply(std::function<bool(listener::Peer&)> stream);

}  // namespace apmcp::transport

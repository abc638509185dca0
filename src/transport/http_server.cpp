#include "transport/http_server.h"

#include <algorithm>
#include <array>
#include <utility>

#include "transport/http_replies.h"
#include "transport/media_type.h"

namespace apmcp::transport {
namespace {

using listener::HttpRequest;
using listener::HttpResponse;
using listener::Peer;

HttpResponse forbidden(std::string message) {
  return error_reply(http_status::kForbidden, http_code::kRefused, std::move(message));
}

HttpResponse unauthorized(std::string message, std::string challenge) {
  HttpResponse reply = error_reply(http_status::kUnauthorized, http_code::kRefused, std::move(message));
  reply.headers.emplace_back("WWW-Authenticate", std::move(challenge));
  return reply;
}

/// What a POST with a JSON-RPC text must look like from outside.
std::optional<HttpResponse> check_media(const HttpRequest& request) {
  if (!is_json(request.header("content-type"))) {
    return error_reply(http_status::kUnsupportedMediaType, http_code::kRefused,
                       "Content-Type must be application/json.");
  }
  const std::string* accept = request.header("accept");
  if (!accepts(accept, "application/json") && !accepts(accept, "text/event-stream")) {
    return error_reply(http_status::kNotAcceptable, http_code::kRefused,
                       "Accept must have application/json and text/event-stream.");
  }
  return std::nullopt;
}

/// So that pages of an origin that the operator named may read answers (Fetch standard, "CORS protocol").
void open_to(const std::string& origin, HttpResponse& reply) {
  reply.headers.emplace_back("Access-Control-Allow-Origin", origin);
  reply.headers.emplace_back("Vary", "Origin");
  reply.headers.emplace_back("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate");
}

HttpResponse preflight() {
  HttpResponse reply = empty_reply(http_status::kNoContent);
  reply.headers = {{"Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS"},
                   {"Access-Control-Allow-Headers",
                    "content-type, accept, authorization, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, "
                    "last-event-id, x-agentphone-key"}};
  return reply;
}

/// For the count of requests: what a client makes up stays out of it.
std::string_view known_method(std::string_view method) {
  constexpr std::array<std::string_view, 4> kKnown{"GET", "POST", "DELETE", "OPTIONS"};
  const auto* const found = std::find(kKnown.begin(), kKnown.end(), method);
  return found == kKnown.end() ? "other" : *found;
}

}  // namespace

/// Who may ask.
enum class HttpServer::Access {
  kAnyone,
  kAnyoneNear,  ///< on loopback anyone, else who has the token
  kCaller,      ///< who has the token and, where clients bring them, a key
};

struct HttpServer::Route {
  std::string_view path;
  std::string_view method;
  Access access;
  bool takes_json;  ///< see check_media()
  Handler handler;
};

const HttpServer::Route* HttpServer::find_route(std::string_view path, std::string_view method) {
  static constexpr std::array<Route, 8> kRoutes{{
      {"/mcp", "GET", Access::kCaller, false, &HttpServer::get_mcp},
      {"/mcp", "POST", Access::kCaller, true, &HttpServer::post_mcp},
      {"/mcp", "DELETE", Access::kCaller, false, &HttpServer::delete_mcp},
      {"/sse", "GET", Access::kCaller, false, &HttpServer::open_sse},
      {"/messages", "POST", Access::kCaller, true, &HttpServer::post_sse},
      {"/healthz", "GET", Access::kAnyone, false, &HttpServer::say_ok},
      {"/readyz", "GET", Access::kAnyone, false, &HttpServer::say_ready},
      {"/metrics", "GET", Access::kAnyoneNear, false, &HttpServer::show_metrics},
  }};
  const auto* const found = std::find_if(
      kRoutes.begin(), kRoutes.end(), [&](const Route& route) { return route.path == path && route.method == method; });
  return found == kRoutes.end() ? nullptr : found;
}

std::string HttpServer::allowed_methods(std::string_view path) {
  std::string allowed;
  for (const std::string_view method : {"GET", "POST", "DELETE"}) {
    if (find_route(path, method) != nullptr) allowed.append(allowed.empty() ? "" : ", ").append(method);
  }
  return allowed;
}

HttpServer::HttpServer(const mcp::McpServer& server, Executor& executor, Metrics& metrics, Options options)
    : executor_(executor),
      metrics_(metrics),
      options_(std::move(options)),
      guard_(options_.names),
      auth_(options_.token.clone()),
      sessions_(options_.sessions),
      streamable_(server, executor, sessions_),
      legacy_sse_(server, executor, sessions_) {}

std::optional<HttpResponse> HttpServer::refuse(const HttpRequest& head) {
  if (is_delivery(head)) {
    auto refused = options_.check_webhook(head);
    return refused ? std::optional(finish(head, *std::move(refused))) : std::nullopt;
  }
  auto admitted = admit(head);
  auto* refusal = std::get_if<HttpResponse>(&admitted);
  return refusal == nullptr ? std::nullopt : std::optional(finish(head, std::move(*refusal)));
}

HttpResponse HttpServer::handle(const HttpRequest& request, Peer& peer) {
  if (is_delivery(request)) return finish(request, options_.webhooks(request, peer));
  auto admitted = admit(request);
  if (auto* refusal = std::get_if<HttpResponse>(&admitted)) return finish(request, std::move(*refusal));
  const auto& [route, caller] = std::get<Admission>(admitted);
  return finish(request, (this->*route->handler)(request, peer, caller));
}

/// What AgentPhone delivers is admitted by its signature, for which the body is needed: the listener reads it apart
/// from those of callers.
bool HttpServer::is_delivery(const HttpRequest& head) const {
  return options_.webhooks && head.path == options_.webhooks_path;
}

HttpResponse HttpServer::finish(const HttpRequest& request, HttpResponse reply) {
  const std::string* origin = request.header("origin");
  if (origin != nullptr && guard_.is_named(*origin)) open_to(*origin, reply);
  metrics_.count_http_request(known_method(request.method), reply.status);
  return reply;
}

std::variant<HttpServer::Admission, HttpResponse> HttpServer::admit(const HttpRequest& head) const {
  auto found = match_route(head);
  if (auto* refusal = std::get_if<HttpResponse>(&found)) return std::move(*refusal);
  const Route* route = std::get<const Route*>(found);
  if (is_open(route->access)) return Admission{.route = route};
  if (!auth_.admits(head.header("authorization"))) {
    return unauthorized("The token of this server is missing or wrong.", "Bearer");
  }
  if (route->access != Access::kCaller) return Admission{.route = route};
  auto admitted = identify_caller(head);
  if (auto* refusal = std::get_if<HttpResponse>(&admitted)) return std::move(*refusal);
  if (route->takes_json) {
    if (auto refusal = check_media(head)) return *std::move(refusal);
  }
  return Admission{.route = route, .caller = std::get<Caller>(std::move(admitted))};
}

bool HttpServer::is_open(Access access) const {
  return access == Access::kAnyone || (access == Access::kAnyoneNear && options_.names.is_loopback);
}

/// The route, when names, path and method are right.
std::variant<const HttpServer::Route*, HttpResponse> HttpServer::match_route(const HttpRequest& head) const {
  const std::string* origin = head.header("origin");
  if (!guard_.allows_host(head.header("host"))) return forbidden("This server does not go by that name.");
  if (!guard_.allows_origin(origin)) return forbidden("Pages of this origin may not use this server.");
  const Route* found = find_route(head.path, head.method);
  if (found != nullptr) return found;
  std::string allowed = allowed_methods(head.path);
  if (allowed.empty()) return error_reply(http_status::kNotFound, http_code::kRefused, "There is nothing here.");
  if (head.method == "OPTIONS" && origin != nullptr && guard_.is_named(*origin)) return preflight();
  return method_not_allowed(std::move(allowed));
}

std::variant<Caller, HttpResponse> HttpServer::identify_caller(const HttpRequest& request) const {
  if (!options_.check_caller_key) return Caller{};
  const std::string* key = request.header("x-agentphone-key");
  if (key == nullptr) return unauthorized("The header X-AgentPhone-Key is missing.", "AgentPhone-Key");
  if (const Status usable = options_.check_caller_key(*key); !usable) {
    return unauthorized(usable.error().message, "AgentPhone-Key");
  }
  std::string name = options_.name_of_key(*key);
  if (name.empty()) {  // never the name that all others would share
    return error_reply(http_status::kUnavailable, http_code::kRefused, "The server is out of resources. Try again.");
  }
  return Caller{.name = std::move(name), .key = std::make_shared<const Secret>(*key)};
}

HttpResponse HttpServer::post_mcp(const HttpRequest& request, Peer& peer, const Caller& caller) {
  return streamable_.post(request, peer, caller);
}

HttpResponse HttpServer::get_mcp(const HttpRequest& request, Peer& /*peer*/, const Caller& caller) {
  return streamable_.get(request, caller);
}

HttpResponse HttpServer::delete_mcp(const HttpRequest& request, Peer& /*peer*/, const Caller& caller) {
  return streamable_.remove(request, caller);
}

HttpResponse HttpServer::open_sse(const HttpRequest& request, Peer& /*peer*/, const Caller& caller) {
  return legacy_sse_.open(request, caller);
}

HttpResponse HttpServer::post_sse(const HttpRequest& request, Peer& /*peer*/, const Caller& caller) {
  return legacy_sse_.post(request, caller);
}

HttpResponse HttpServer::say_ok(const HttpRequest& /*request*/, Peer& /*peer*/, const Caller& /*caller*/) {
  return {.content_type = "text/plain", .body = "ok\n"};
}

HttpResponse HttpServer::say_ready(const HttpRequest& /*request*/, Peer& /*peer*/, const Caller& /*caller*/) {
  if (executor_.is_full()) {
    return {.status = http_status::kUnavailable, .content_type = "text/plain", .body = "busy\n"};
  }
  return {.content_type = "text/plain", .body = "ready\n"};
}

HttpResponse HttpServer::show_metrics(const HttpRequest& /*request*/, Peer& /*peer*/, const Caller& /*caller*/) {
  return {.content_type = "text/plain; version=0.0.4",
          .body = metrics_.render({.open_sessions = sessions_.size(), .queued_requests = executor_.queued()})};
}

}  // namespace apmcp::transport

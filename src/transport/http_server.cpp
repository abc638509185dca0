#include "transport/http_server.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/http_syntax.h"
#include "base/json_parse.h"
#include "base/log.h"
#include "transport/http_replies.h"
#include "transport/media_type.h"

namespace apmcp::transport {
namespace {

using listener::HttpRequest;
using listener::HttpResponse;
using listener::Peer;

constexpr std::string_view kOptions = "OPTIONS";

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
                       "Content-Type must be application/json, in UTF-8.");
  }
  const std::string* accept = request.header("accept");
  if (!accepts(accept, "application/json") && !accepts(accept, "text/event-stream")) {
    return error_reply(http_status::kNotAcceptable, http_code::kRefused,
                       "Accept must list application/json and text/event-stream.");
  }
  return std::nullopt;
}

/// Lets pages of this origin read the answer (Fetch standard, "CORS protocol").
void open_to(const std::string& origin, HttpResponse& reply) {
  reply.headers.emplace_back("Access-Control-Allow-Origin", origin);
  reply.headers.emplace_back("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate");
}

/// The headers that a page may send: all that this server reads, and those of the requested ones that copy an argument
/// of a tool (2026-07-28, "Mcp-Param-{Name}").
std::string allowed_headers(const std::string* requested) {
  std::string allowed =
      "content-type, accept, authorization, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, last-event-id, "
      "x-agentphone-key";
  std::string_view rest = requested == nullptr ? std::string_view() : std::string_view(*requested);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string name = to_lower(trim_blanks(rest.substr(0, comma)));
    if (name.starts_with("mcp-param-") && is_http_token(name)) allowed.append(", ").append(name);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return allowed;
}

/// The answer to the request that a browser sends before one of a page (Fetch standard, "CORS-preflight request";
/// "Private Network Access").
HttpResponse preflight(const HttpRequest& request) {
  HttpResponse reply = empty_reply(http_status::kNoContent);
  reply.headers = {{"Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS"},
                   {"Access-Control-Allow-Headers", allowed_headers(request.header("access-control-request-headers"))},
                   {"Access-Control-Max-Age", "3600"}};
  if (const std::string* asked = request.header("access-control-request-private-network"); asked && *asked == "true") {
    reply.headers.emplace_back("Access-Control-Allow-Private-Network", "true");
  }
  return reply;
}

/// Where clients look for an authorization server (RFC 8414, RFC 9728, OpenID Connect Discovery, and the default paths
/// of 2025-03-26), with the path of an issuer before or behind.
bool is_sign_in_path(std::string_view path) {
  constexpr std::array<std::string_view, 3> kEndpoints{"/register", "/authorize", "/token"};
  return path.find("/.well-known/oauth-") != std::string_view::npos ||
         path.find("/.well-known/openid-configuration") != std::string_view::npos ||
         std::find(kEndpoints.begin(), kEndpoints.end(), path) != kEndpoints.end();
}

/// A final slash makes no difference.
std::string_view route_path(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// For the count of requests, where a name that a client made up must not appear.
std::string_view known_method(std::string_view method) {
  constexpr std::array<std::string_view, 5> kKnown{"GET", "HEAD", "POST", "DELETE", kOptions};
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
  const auto* const found = std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& route) {
    const bool is_page = route.access != Access::kCaller;  // not a stream: HEAD gets the head of what GET gets
    return route.path == path && (route.method == method || (method == "HEAD" && is_page));
  });
  return found == kRoutes.end() ? nullptr : found;
}

bool HttpServer::is_probe(std::string_view path) {
  const Route* route = find_route(path, "GET");
  return route != nullptr && route->access == Access::kAnyone;
}

std::string HttpServer::allowed_methods(std::string_view path) {
  std::string allowed;
  for (const std::string_view method : {"GET", "HEAD", "POST", "DELETE"}) {
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

/// A webhook delivery is admitted by its signature, for which the body is needed. The listener keeps these bodies in
/// memory of their own.
bool HttpServer::is_delivery(const HttpRequest& head) const {
  return options_.webhooks && head.path == options_.webhooks_path;
}

HttpResponse HttpServer::finish(const HttpRequest& request, HttpResponse reply) {
  const std::string* origin = request.header("origin");
  if (origin != nullptr && guard_.is_named(*origin)) open_to(*origin, reply);
  if (guard_.has_origins()) reply.headers.emplace_back("Vary", "Origin");
  metrics_.count_http_request(known_method(request.method), reply.status);
  return reply;
}

std::variant<HttpServer::Admission, HttpResponse> HttpServer::admit(const HttpRequest& head) const {
  auto found = match_route(head);
  if (auto* refusal = std::get_if<HttpResponse>(&found)) return std::move(*refusal);
  const Route* route = std::get<const Route*>(found);
  if (is_open(route->access)) return Admission{.route = route};
  const std::string* authorization = head.header("authorization");
  if (!auth_.admits(authorization)) return no_token(authorization != nullptr);
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
  if (auto refusal = check_names(head)) return *std::move(refusal);
  const std::string* origin = head.header("origin");
  // For any path, so that the page can read what is wrong with the request itself.
  if (head.method == kOptions && origin != nullptr && guard_.is_named(*origin)) return preflight(head);
  const std::string_view path = route_path(head.path);
  const Route* found = find_route(path, head.method);
  if (found != nullptr) return found;
  if (is_sign_in_path(path)) return no_sign_in();
  std::string allowed = allowed_methods(path);
  if (!allowed.empty()) return method_not_allowed(std::move(allowed));
  return error_reply(http_status::kNotFound, http_code::kRefused,
                     "There is nothing at this path. The MCP endpoint is /mcp, and /sse for clients of 2024-11-05.");
}

std::optional<HttpResponse> HttpServer::check_names(const HttpRequest& head) const {
  const std::string* host = head.header("host");
  const std::string* origin = head.header("origin");
  if (!is_probe(route_path(head.path)) && !guard_.allows_host(host, port_)) return wrong_host(host);
  if (!guard_.allows_origin(origin, port_)) return wrong_origin(*origin);
  return std::nullopt;
}

HttpResponse HttpServer::wrong_host(const std::string* host) const {
  if (host == nullptr) return forbidden("The request has no Host. Send the host and port of the server's URL in it.");
  return wrong_name("host", "Host " + *host + " is not a name of this server.", *host);
}

HttpResponse HttpServer::wrong_origin(const std::string& origin) const {
  return wrong_name("origin", "Pages of " + origin + " may not use this server.", normal_origin(origin));
}

/// `name` is what the option --allowed-`kind` would take; no option is named for what a shell could read as more.
HttpResponse HttpServer::wrong_name(std::string_view kind, std::string what, const std::string& name) const {
  constexpr std::size_t kLongest = 255;
  const bool is_plain = !name.empty() && name.size() <= kLongest && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':' || c == '/' || c == '[' || c == ']';
  });
  if (!is_plain) return forbidden("The " + std::string(kind) + " of this request may not use this server.");
  const std::string option = "--allowed-" + std::string(kind) + " " + name;
  log_refusal(kind, option);
  return forbidden(std::move(what) + " To allow it start the server with " + option + ".");
}

/// A browser hides the refusal from the page and often from its user, and a proxy from its operator.
void HttpServer::log_refusal(std::string_view kind, const std::string& option) const {
  const auto skipped = refusals_.pass(kind, std::chrono::system_clock::now());
  if (!skipped) return;
  log::warn(
      "http_refused",
      {{"why", "foreign " + std::string(kind)}, {"allowed_by", option}, {"more_before", std::to_string(*skipped)}});
}

HttpResponse HttpServer::no_token(bool is_given) const {
  const std::string what = is_given ? "The token in Authorization is wrong." : "The header Authorization is missing.";
  return unauthorized(what +
                          " Send Authorization: Bearer <token>; the token is in the file that the server names when "
                          "it starts.",
                      "Bearer");
}

/// Clients print this when their attempt to sign in has failed. The form is that of OAuth errors (RFC 6749,
/// section 5.2), which is what they read here.
HttpResponse HttpServer::no_sign_in() const {
  std::string what = "This server has no sign-in page";
  std::string needed;
  if (auth_.is_on()) needed = "Authorization: Bearer <token>, with the token from the server's token file";
  if (options_.check_caller_key) needed += needed.empty() ? "X-AgentPhone-Key: <key>" : ", and X-AgentPhone-Key: <key>";
  what += needed.empty() ? ", and needs no token." : ": send " + needed + ", as headers of every request to /mcp.";
  return json_reply(http_status::kNotFound, dump_json(Json{{"error", "not_found"}, {"error_description", what}}));
}

std::variant<Caller, HttpResponse> HttpServer::identify_caller(const HttpRequest& request) const {
  if (!options_.check_caller_key) return Caller{};
  const std::string* key = request.header("x-agentphone-key");
  if (key == nullptr) {
    return unauthorized("The header X-AgentPhone-Key is missing. Send your AgentPhone API key in it.",
                        "AgentPhone-Key");
  }
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

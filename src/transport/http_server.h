#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/executor.h"
#include "base/log_pace.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "listener/http_listener.h"
#include "mcp/server.h"
#include "transport/bearer_auth.h"
#include "transport/legacy_sse.h"
#include "transport/origin_guard.h"
#include "transport/session_table.h"
#include "transport/streamable_http.h"

namespace apmcp::transport {

/// The MCP server over HTTP: /mcp (Streamable HTTP), /sse and /messages (HTTP+SSE), /healthz, /readyz and /metrics; a
/// final slash makes no difference. Each request is checked here: Host, Origin, path, method, token and media types, in
/// this order. Probes (/healthz, /readyz) come with any Host or none. Every refusal is JSON that says what to do next,
/// readable for pages of allowed origins. The listener limits the size of a body.
class HttpServer {
 public:
  struct Options {
    OriginGuard::Options names = {};
    Secret token = {};  ///< empty: none is needed
    /// Set: each request brings its own AgentPhone key in X-AgentPhone-Key, and this says why one may not be used.
    std::function<Status(std::string_view key)> check_caller_key = nullptr;
    /// With it: a name for a key that tells nothing about it, the same for the same key.
    std::function<std::string(std::string_view key)> name_of_key = nullptr;
    SessionTable::Options sessions = {};
    /// Set: answers all that comes to `webhooks_path`, whatever its Host, Origin and token. It judges by itself.
    listener::HttpHandler webhooks = nullptr;
    listener::HeadCheck check_webhook = nullptr;  ///< set with `webhooks`: what that refuses by the head alone
    std::string webhooks_path = {};
  };

  /// All outlive this object. Refuses what needs a port until listens_at().
  HttpServer(const mcp::McpServer& server, Executor& executor, Metrics& metrics, Options options);

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// The port that clients reach this server at, for Host and Origin. 1 to 65535; 0: not known yet.
  void listens_at(int port) { port_ = port; }

  /// Why a request is not let in, as far as its head shows: what handle() would answer, before its body is read.
  std::optional<listener::HttpResponse> refuse(const listener::HttpRequest& head);

  /// Answers one request, on the thread of its connection. Many at once. Looks at the head as refuse() does.
  listener::HttpResponse handle(const listener::HttpRequest& request, listener::Peer& peer);

  /// Once the listener stops: running requests of sessions may go on for 5 seconds, then they are cancelled.
  void drain(std::chrono::milliseconds grace = kStopGrace) { sessions_.drain(grace); }

 private:
  enum class Access;
  struct Route;
  using Handler = listener::HttpResponse (HttpServer::*)(const listener::HttpRequest&, listener::Peer&, const Caller&);

  static const Route* find_route(std::string_view path, std::string_view method);
  static std::string allowed_methods(std::string_view path);
  static bool is_probe(std::string_view path);

  /// What was asked for, and who asks.
  struct Admission {
    const Route* route = nullptr;
    Caller caller = {};
  };

  [[nodiscard]] std::optional<listener::HttpResponse> check_names(const listener::HttpRequest& head) const;
  [[nodiscard]] listener::HttpResponse wrong_host(const std::string* host) const;
  [[nodiscard]] listener::HttpResponse wrong_origin(const std::string& origin) const;
  [[nodiscard]] listener::HttpResponse wrong_name(std::string_view kind, std::string what,
                                                  const std::string& name) const;
  [[nodiscard]] listener::HttpResponse no_token(bool is_given) const;
  [[nodiscard]] listener::HttpResponse no_sign_in() const;
  void log_refusal(std::string_view kind, const std::string& option) const;
  [[nodiscard]] bool is_delivery(const listener::HttpRequest& head) const;
  [[nodiscard]] std::variant<Admission, listener::HttpResponse> admit(const listener::HttpRequest& head) const;
  [[nodiscard]] std::variant<const Route*, listener::HttpResponse> match_route(const listener::HttpRequest& head) const;
  [[nodiscard]] bool is_open(Access access) const;
  listener::HttpResponse finish(const listener::HttpRequest& request, listener::HttpResponse reply);
  [[nodiscard]] std::variant<Caller, listener::HttpResponse> identify_caller(
      const listener::HttpRequest& request) const;

  listener::HttpResponse post_mcp(const listener::HttpRequest& request, listener::Peer& peer, const Caller& caller);
  listener::HttpResponse get_mcp(const listener::HttpRequest& request, listener::Peer& peer, const Caller& caller);
  listener::HttpResponse delete_mcp(const listener::HttpRequest& request, listener::Peer& peer, const Caller& caller);
  listener::HttpResponse open_sse(const listener::HttpRequest& request, listener::Peer& peer, const Caller& caller);
  listener::HttpResponse post_sse(const listener::HttpRequest& request, listener::Peer& peer, const Caller& caller);
  listener::HttpResponse say_ok(const listener::HttpRequest& request, listener::Peer& peer, const Caller& caller);
  listener::HttpResponse say_ready(const listener::HttpRequest& request, listener::Peer& peer, const Caller& caller);
  listener::HttpResponse show_metrics(const listener::HttpRequest& request, listener::Peer& peer, const Caller& caller);

  Executor& executor_;
  Metrics& metrics_;
  const Options options_;
  const OriginGuard guard_;
  const BearerAuth auth_;
  std::atomic<int> port_{0};
  mutable log::Pace refusals_;
  SessionTable sessions_;
  StreamableHttp streamable_;
  LegacySse legacy_sse_;
};

}  // namespace apmcp::transport

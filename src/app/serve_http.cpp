#include <algorithm>
#include <utility>

#include "agentphone_mcp/app.h"
#include "app/commands.h"
#include "app/complaint.h"
#include "app/modules.h"
#include "app/phone_server.h"
#include "app/secret_file.h"
#include "app/webhook_listener.h"
#include "base/json_parse.h"
#include "platform/files.h"
#include "platform/process.h"
#include "transport/http_server.h"

namespace apmcp::app {
namespace {

using transport::HttpServer;

/// More than over stdio: every client has calls of its own, and some wait for a person.
constexpr std::size_t kHttpWorkers = 64;
constexpr std::size_t kHttpQueue = 1024;
/// Of the largest size, for whose bodies there is memory. AgentPhone sends few at a time.
constexpr std::size_t kDeliveriesAtOnce = 16;
/// The grace of the transport, and a little for what is noticed late.
constexpr std::chrono::milliseconds kUntilClosed{8000};
constexpr std::chrono::milliseconds kUntilNoticed{2000};
constexpr std::size_t kShortestToken = 16;

Complaint misconfigured(std::string line) {
  return {.line = std::move(line), .exit_code = exit_code::kConfig};
}

bool is_loopback(const std::string& host) {
  return host == "::1" || host.starts_with("127.");
}

std::string in_url(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool can_be_token(const std::string& text) {
  return text.size() >= kShortestToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

/// The token in the file, or a new one that is put there. The default file is that of all servers of this user.
Result<Secret> load_token(const Config::Http& http) {
  auto token = load_or_make_secret(http.token_file, http.is_default_token_file);
  if (!token || can_be_token(token->reveal())) return token;
  return Error{.code = ErrorCode::kPolicyDenied,
               .message = http.token_file + " holds no token: at least 16 visible characters on one line"};
}

/// What must not be started, because others could use the phone or no client could.
std::optional<Complaint> check(const Config::Http& http) {
  for (const std::string& origin : http.allowed_origins) {
    if (!transport::normal_origin(origin).empty()) continue;
    return misconfigured("--allowed-origin " + origin + " is not an origin such as http://localhost:6274");
  }
  if (is_loopback(http.host)) return std::nullopt;
  if (http.no_auth) return misconfigured("--no-auth is for loopback addresses only");
  const bool is_any = http.host == "0.0.0.0" || http.host == "::";
  if (is_any && http.allowed_hosts.empty()) {
    return misconfigured("--host " + http.host + " needs --allowed-host with the name that clients use");
  }
  return std::nullopt;
}

transport::OriginGuard::Options names(const Config::Http& http) {
  return {.is_loopback = is_loopback(http.host),
          .address = in_url(http.host),
          .hosts = http.allowed_hosts,
          .origins = http.allowed_origins};
}

HttpServer::Options server_options(const Config::Http& http, Secret token, const NetModule& net,
                                   const http::Origin& origin) {
  HttpServer::Options options{.names = names(http),
                              .token = std::move(token),
                              .sessions = {.max_sessions = http.max_sessions, .replica = http.replica}};
  if (!http.keys_from_clients) return options;
  options.check_caller_key = [&origin](std::string_view key) -> Status {
    if (platform::looks_like_api_key(key)) return http::check_key_for_origin(key, origin);
    return Error{.code = ErrorCode::kPolicyDenied, .message = "X-AgentPhone-Key holds no AgentPhone key."};
  };
  options.name_of_key = net.sha256_hex;
  return options;
}

/// A session may have a stream open and post at the same time, and probes come on top. Fewer where the system has not
/// the descriptors for them: a socket each, and for a stream what it waits with.
std::size_t connection_limit(std::size_t max_sessions) {
  constexpr std::size_t kSpareConnections = 48;
  constexpr std::size_t kEach = 2;
  constexpr std::size_t kForTheRest = 256;  // connections to AgentPhone, files
  const std::size_t wanted = 2 * max_sessions + kSpareConnections;
  const std::size_t descriptors = platform::raise_descriptor_limit(kEach * wanted + kForTheRest);
  const std::size_t possible = (descriptors - std::min(kForTheRest, descriptors / 2)) / kEach;
  if (possible >= wanted) return wanted;
  say("warning: the limit of " + std::to_string(descriptors) + " open files leaves room for " +
      std::to_string(possible) + " connections; raise it (ulimit -n) for more");
  return possible;
}

void announce(const Config::Http& http, int port) {
  const std::string guard = http.no_auth ? "no token" : "token in " + http.token_file;
  say("listening on http://" + in_url(http.host) + ":" + std::to_string(port) + "/mcp (" + guard + ")");
  if (http.no_auth) say("warning: --no-auth lets every program on this machine use the phone");
  if (!is_loopback(http.host)) say("warning: this is plain HTTP; put a TLS proxy in front of it");
}

}  // namespace

int serve_http(const Config& config, const platform::StopSignal& stop) {
  const Config::Http& http = config.http;
  if (auto complaint = check(http)) return complain(*complaint);
  if (!http.no_auth && http.token_file.empty()) {
    return complain(misconfigured("no home directory is known: say --token-file"));
  }
  auto token = http.no_auth ? Result<Secret>(Secret()) : load_token(http);
  if (!token) return complain(misconfigured(token.error().message));
  auto made = PhoneServer::make(config);
  if (const auto* complaint = std::get_if<Complaint>(&made)) return complain(*complaint);
  PhoneServer& phone = *std::get<std::unique_ptr<PhoneServer>>(made);
  const NetModule* net = net_module();
  if (net == nullptr) return complain({"the HTTP stack cannot be loaded", exit_code::kSoftware});

  HttpServer::Options options = server_options(http, *std::move(token), *net, phone.origin());
  inbox::Endpoint webhook_endpoint = phone.webhook_endpoint();
  options.webhooks = std::move(webhook_endpoint.handler);
  options.check_webhook = std::move(webhook_endpoint.check_head);
  options.webhooks_path = inbox::kEndpointPath;
  const auto webhooks = listen_for_webhooks(config.inbox, phone);
  if (const auto* complaint = std::get_if<Complaint>(&webhooks)) return complain(*complaint);

  Executor executor(kHttpWorkers, kHttpQueue);
  phone.serve_on(executor);
  HttpServer server(phone.mcp(), executor, phone.metrics(), std::move(options));
  server.listens_at(http.port);
  auto listener = net->start_listener(
      {.host = http.host,
       .port = http.port,
       .max_connections = connection_limit(http.max_sessions),
       .max_body = JsonLimits{}.bytes,
       .apart = {.path = std::string(inbox::kEndpointPath),
                 .max_body = inbox::kMaxDelivery,
                 .max_bodies = kDeliveriesAtOnce * inbox::kMaxDelivery}},
      [&server](const listener::HttpRequest& request, listener::Peer& peer) { return server.handle(request, peer); },
      [&server](const listener::HttpRequest& head) { return server.refuse(head); });
  if (!listener) return complain({listener.error().message, exit_code::kUnavailable});
  server.listens_at((*listener)->port());
  if (!http.port_file.empty() && !platform::write_port_file(http.port_file, (*listener)->port())) {
    return complain({"cannot write " + http.port_file, exit_code::kUnavailable});
  }
  announce(http, (*listener)->port());

  stop.wait();
  say("stopping: what runs may take 5 seconds, a second signal ends it now");
  (*listener)->stop();
  server.drain();
  bool is_done = (*listener)->wait_closed(kUntilClosed) && executor.wait_idle(kUntilNoticed);
  is_done = phone.stop_background(kUntilNoticed) && is_done;
  if (!is_done) platform::exit_now(exit_code::kOk);  // a write that was not answered still uses what would be destroyed
  return exit_code::kOk;
}

}  // namespace apmcp::app

#include "app/webhook_listener.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agentphone_mcp/app.h"
#include "app/modules.h"
#include "app/phone_server.h"

namespace apmcp::app {
namespace {

/// AgentPhone sends few at a time; strangers can only take these.
constexpr std::size_t kWebhookConnections = 32;

struct Address {
  std::string host;  ///< without the brackets of an IPv6 literal
  int port = 0;
};

std::optional<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  Address address{.host = std::string(host)};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  const bool is_port =
      read.ec == std::errc{} && read.ptr == digits.data() + digits.size() && address.port >= 0 && address.port <= 65535;
  return is_port && !address.host.empty() ? std::optional(std::move(address)) : std::nullopt;
}

}  // namespace

std::variant<std::unique_ptr<listener::HttpListener>, Complaint> listen_for_webhooks(const Config::Inbox& inbox,
                                                                                     PhoneServer& phone) {
  if (inbox.listen.empty()) return std::unique_ptr<listener::HttpListener>();
  const auto address = parse_address(inbox.listen);
  if (!address) {
    return Complaint{.line = "--webhook-listen: must be HOST:PORT, for example 127.0.0.1:8643",
                     .exit_code = exit_code::kUsage};
  }
  const NetModule* net = net_module();
  if (net == nullptr) return Complaint{.line = "the HTTP stack cannot be loaded", .exit_code = exit_code::kSoftware};
  inbox::Endpoint endpoint = phone.webhook_endpoint();
  auto listener = net->start_listener({.host = address->host,
                                       .port = address->port,
                                       .max_connections = kWebhookConnections,
                                       .max_body = inbox::kMaxDelivery,
                                       .max_bodies = kWebhookConnections * inbox::kMaxDelivery,
                                       .idle_limit = std::chrono::milliseconds{10'000}},
                                      std::move(endpoint.handler), std::move(endpoint.check_head));
  if (!listener) {
    return Complaint{.line = "--webhook-listen: " + listener.error().message, .exit_code = exit_code::kUnavailable};
  }
  const std::string host = address->host.find(':') == std::string::npos ? address->host : "[" + address->host + "]";
  say("receiving webhooks on http://" + host + ":" + std::to_string((*listener)->port()) +
      std::string(inbox::kEndpointPath) + " (plain HTTP: AgentPhone needs an https address in front of it)");
  return *std::move(listener);
}

}  // namespace apmcp::app

#include "transport/origin_guard.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/http_syntax.h"

namespace apmcp::transport {
namespace {

constexpr int kHttpPort = 80;

struct Authority {
  std::string_view name;
  std::optional<int> port;
};

/// Absent when there is anything but a name and an optional port.
std::optional<Authority> parse_authority(std::string_view text) {
  constexpr std::size_t kMostDigits = 5;
  Authority authority{.name = host_name(text), .port = {}};
  const std::string_view rest = text.substr(authority.name.size());
  if (authority.name.empty()) return std::nullopt;
  if (rest.empty()) return authority;
  const auto port = rest.size() <= kMostDigits + 1 && rest.front() == ':' ? parse_digits(rest.substr(1), 10)
                                                                          : std::optional<std::uint64_t>();
  if (!port) return std::nullopt;
  authority.port = static_cast<int>(*port);
  return authority;
}

OriginGuard::Options normal(OriginGuard::Options options) {
  options.address = to_lower(options.address);
  for (std::string& host : options.hosts) host = to_lower(host);
  for (std::string& origin : options.origins) origin = normal_origin(origin);
  std::erase(options.origins, "");
  return options;
}

}  // namespace

std::string_view host_name(std::string_view authority) {
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  return bracket == std::string_view::npos ? authority.substr(0, authority.find(':'))
                                           : authority.substr(0, bracket + 1);
}

std::string normal_origin(std::string_view text) {
  std::string origin = to_lower(text);
  if (origin.ends_with('/')) origin.pop_back();
  const std::size_t colon = origin.find("://");
  if (colon == std::string::npos || !is_http_token(std::string_view(origin).substr(0, colon))) return {};
  const std::string_view scheme = std::string_view(origin).substr(0, colon);
  const std::string_view rest = std::string_view(origin).substr(colon + 3);
  if (!parse_authority(rest) || rest.find_first_of("/?#@*, ") != std::string_view::npos) return {};
  for (const auto& [name, port] : {std::pair("http", ":80"), std::pair("https", ":443")}) {
    if (scheme == name && rest.ends_with(port)) return origin.substr(0, origin.rfind(':'));
  }
  return origin;
}

OriginGuard::OriginGuard(Options options) : options_(normal(std::move(options))) {}

bool OriginGuard::is_own_name(std::string_view name) const {
  constexpr std::array<std::string_view, 3> kLoopback{"127.0.0.1", "localhost", "[::1]"};
  if (options_.is_loopback && std::find(kLoopback.begin(), kLoopback.end(), name) != kLoopback.end()) return true;
  return !name.empty() && name == options_.address;
}

bool OriginGuard::allows_host(const std::string* host, int port) const {
  if (host == nullptr) return false;
  const std::string text = to_lower(*host);
  const auto authority = parse_authority(text);
  if (!authority) return false;
  if (is_own_name(authority->name) && authority->port.value_or(port) == port) return true;
  return std::any_of(options_.hosts.begin(), options_.hosts.end(),
                     [&](const std::string& allowed) { return allowed == text || allowed == authority->name; });
}

bool OriginGuard::allows_origin(const std::string* origin, int port) const {
  constexpr std::string_view kScheme = "http://";  // of what this server serves
  if (origin == nullptr || is_named(*origin)) return true;
  if (!origin->starts_with(kScheme)) return false;
  const auto authority = parse_authority(std::string_view(*origin).substr(kScheme.size()));
  return authority && is_own_name(authority->name) && authority->port.value_or(kHttpPort) == port;
}

bool OriginGuard::is_named(std::string_view origin) const {
  return std::find(options_.origins.begin(), options_.origins.end(), origin) != options_.origins.end();
}

}  // namespace apmcp::transport

#include "transport/origin_guard.h"

#include <algorithm>
#include <utility>

#include "base/http_syntax.h"

namespace apmcp::transport {
namespace {

bool is_port(std::string_view text) {
  constexpr std::size_t kMostDigits = 5;
  return !text.empty() && text.size() <= kMostDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// A loopback name, with or without a port, and nothing else.
bool is_loopback_authority(std::string_view authority) {
  const std::string_view name = host_name(authority);
  const std::string_view rest = authority.substr(name.size());
  const bool is_whole = rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
  return is_whole && (name == "127.0.0.1" || name == "localhost" || name == "[::1]");
}

void make_lower(std::vector<std::string>& entries) {
  for (std::string& entry : entries) entry = to_lower(entry);
}

OriginGuard::Options normal(OriginGuard::Options options) {
  make_lower(options.hosts);
  make_lower(options.origins);
  return options;
}

}  // namespace

std::string_view host_name(std::string_view authority) {
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  return bracket == std::string_view::npos ? authority.substr(0, authority.find(':'))
                                           : authority.substr(0, bracket + 1);
}

OriginGuard::OriginGuard(Options options) : options_(normal(std::move(options))) {}

bool OriginGuard::allows_host(const std::string* host) const {
  if (host == nullptr) return false;
  const std::string authority = to_lower(*host);
  if (options_.is_loopback && is_loopback_authority(authority)) return true;
  const std::string_view name = host_name(authority);
  const std::string_view rest = std::string_view(authority).substr(name.size());
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return false;
  return std::any_of(options_.hosts.begin(), options_.hosts.end(),
                     [&](const std::string& allowed) { return allowed == authority || allowed == name; });
}

bool OriginGuard::allows_origin(const std::string* origin) const {
  if (origin == nullptr || is_named(*origin)) return true;
  if (!options_.is_loopback) return false;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin->starts_with(scheme)) return is_loopback_authority(std::string_view(*origin).substr(scheme.size()));
  }
  return false;
}

bool OriginGuard::is_named(std::string_view origin) const {
  return std::find(options_.origins.begin(), options_.origins.end(), origin) != options_.origins.end();
}

}  // namespace apmcp::transport

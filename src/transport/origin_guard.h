#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace apmcp::transport {

/// Which names a request may use for this server, and which web pages may send one: what keeps a page that the user
/// happens to visit from reaching a server on the user's machine (2025-11-25, "Security Warning" of "Streamable HTTP").
/// Immutable, so thread-safe.
class OriginGuard {
 public:
  struct Options {
    bool is_loopback = true;           ///< bound to loopback: its names are allowed, with any port
    std::vector<std::string> hosts;    ///< "mcp.example.com" with any port, or "mcp.example.com:8443"
    std::vector<std::string> origins;  ///< "https://app.example.com", exactly
  };

  explicit OriginGuard(Options options);

  /// `host` is the value of the header Host, nullptr when there is none.
  [[nodiscard]] bool allows_host(const std::string* host) const;

  /// `origin` is the value of the header Origin, nullptr when there is none: then no web page is involved.
  [[nodiscard]] bool allows_origin(const std::string* origin) const;

  /// True for an origin that the operator named: its pages may also read the answers.
  [[nodiscard]] bool is_named(std::string_view origin) const;

 private:
  const Options options_;
};

/// An authority without its port: "[::1]:80" gives "[::1]".
std::string_view host_name(std::string_view authority);

}  // namespace apmcp::transport

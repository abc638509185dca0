#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace apmcp::transport {

/// Checks Host and Origin, so that a web page that the user visits cannot reach a server on the user's machine by DNS
/// rebinding (2025-11-25, "Security Warning" of "Streamable HTTP"). A page of another port of this machine is as
/// foreign as any other. Immutable, so thread-safe.
class OriginGuard {
 public:
  struct Options {
    bool is_loopback = true;           ///< bound to loopback: localhost, 127.0.0.1 and [::1] are names of this server
    std::string address = {};          ///< that it is bound to, as in a URL: one more of its names; may be empty
    std::vector<std::string> hosts;    ///< "mcp.example.com" with any port, or "mcp.example.com:8443"
    std::vector<std::string> origins;  ///< "https://app.example.com", see normal_origin()
  };

  explicit OriginGuard(Options options);

  /// `host` is the value of the header Host, nullptr when there is none. `port` is the one that this server listens at.
  /// A name of this server is allowed with that port or without one; a browser omits only port 80.
  [[nodiscard]] bool allows_host(const std::string* host, int port) const;

  /// `origin` is the value of the header Origin, nullptr when there is none: then no web page is involved. Allowed
  /// besides the configured origins: http at this server's own names and `port`.
  [[nodiscard]] bool allows_origin(const std::string* origin, int port) const;

  /// True for a configured origin: its pages may also read the answers.
  [[nodiscard]] bool is_named(std::string_view origin) const;

  /// True when an origin is configured: then answers depend on the header Origin.
  [[nodiscard]] bool has_origins() const { return !options_.origins.empty(); }

 private:
  [[nodiscard]] bool is_own_name(std::string_view name) const;

  const Options options_;
};

/// An authority without its port: "[::1]:80" gives "[::1]".
std::string_view host_name(std::string_view authority);

/// `text` as browsers send it in Origin: lower case, without the scheme's default port and a final slash. Empty when it
/// is not an origin: scheme, "://", host and an optional port.
std::string normal_origin(std::string_view text);

}  // namespace apmcp::transport

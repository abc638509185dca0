#include "http/origin.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/http_syntax.h"

namespace apmcp::http {
namespace {

constexpr std::string_view kLiveKeyMark = "sk_live_";
constexpr std::array<std::string_view, 2> kOfficialHosts{"api.agentphone.to", "api.agentphone.ai"};

struct LoopbackName {
  std::string_view written;  ///< as it stands in a URL
  std::string_view host;     ///< without brackets
};

constexpr std::array<LoopbackName, 3> kLoopbackNames{
    {{"127.0.0.1", "127.0.0.1"}, {"[::1]", "::1"}, {"localhost", "localhost"}}};

/// The refused URL is not quoted: it may hold a password.
Error refusal(std::string_view reason) {
  return Error{.code = ErrorCode::kPolicyDenied,
               .message = "The base URL is refused: " + std::string(reason) +
                          ". Allowed are https://api.agentphone.to, https://api.agentphone.ai and, for the sandbox, "
                          "http://127.0.0.1:PORT, http://[::1]:PORT and http://localhost:PORT."};
}

struct Authority {
  std::string host;  ///< lower case, with the brackets of an IPv6 literal
  std::optional<std::string_view> port;
};

/// The first colon outside brackets parts host and port. More colons than that end in the port, which is then refused.
Authority split_authority(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  const std::size_t colon = bracket == std::string_view::npos ? bracket : text.find(':', bracket);
  if (colon == std::string_view::npos) return {.host = to_lower(text), .port = std::nullopt};
  return {.host = to_lower(text.substr(0, colon)), .port = text.substr(colon + 1)};
}

/// 1-65535 in plain decimal digits without leading zeros.
std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  if (text.empty() || text.front() == '0' || text.size() > 5) return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535) return std::nullopt;
  return port;
}

Result<Origin> official_origin(const Authority& authority, bool tls) {
  if (!tls) return refusal("AgentPhone is reached over https only");
  if (authority.port) return refusal("a port is not allowed with AgentPhone's own host");
  return Origin{.tls = true, .host = authority.host, .port = 443, .is_loopback = false};
}

Result<Origin> loopback_origin(std::string_view host, const Authority& authority, bool tls, bool test_tls) {
  if (tls && !test_tls) return refusal("https to a loopback address needs a test CA file");
  if (!authority.port) return refusal("a loopback address needs a port");
  const auto port = parse_port(*authority.port);
  if (!port) return refusal("its port is not a number from 1 to 65535");
  return Origin{.tls = tls, .host = std::string(host), .port = *port, .is_loopback = true};
}

}  // namespace

Result<Origin> parse_origin(std::string_view base_url, bool test_tls) {
  const bool clean = std::all_of(base_url.begin(), base_url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!clean) return refusal("it holds a blank, a control character or a letter outside ASCII");
  const std::size_t scheme_end = base_url.find("://");
  if (scheme_end == std::string_view::npos) return refusal("it does not start with https://");
  const std::string scheme = to_lower(base_url.substr(0, scheme_end));
  if (scheme != "https" && scheme != "http") return refusal("it does not start with https://");

  std::string_view rest = base_url.substr(scheme_end + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('@') != std::string_view::npos) return refusal("it names a user");
  if (rest.find_first_of("/?#\\%") != std::string_view::npos) {
    return refusal("it has a path, a query, a fragment or an escape");
  }
  const bool tls = scheme == "https";
  const Authority authority = split_authority(rest);
  if (std::find(kOfficialHosts.begin(), kOfficialHosts.end(), authority.host) != kOfficialHosts.end()) {
    return official_origin(authority, tls);
  }
  for (const LoopbackName& name : kLoopbackNames) {
    if (authority.host == name.written) return loopback_origin(name.host, authority, tls, test_tls);
  }
  return refusal("its host is neither AgentPhone's nor a loopback address");
}

Status check_key_for_origin(std::string_view key, const Origin& origin) {
  // Anywhere in the text, so that a blank or a quote in front of it changes nothing.
  if (origin.is_loopback && key.find(kLiveKeyMark) != std::string_view::npos) {
    return Error{.code = ErrorCode::kPolicyDenied,
                 .message =
                     "A live key is never sent to a loopback address. Use a test key (sk_test_...) there, or "
                     "unset AGENTPHONE_BASE_URL."};
  }
  return Unit{};
}

}  // namespace apmcp::http

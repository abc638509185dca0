#include "policy/outbound.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/redact.h"

namespace apmcp::policy {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;

// Not public by definition (RFC 2606, 6761, 6762, 7686, 8375, ICANN's private-use list), or a service whose only use
// is a name for an address of the caller's choice.
constexpr std::array<std::string_view, 19> kRefusedSuffixes{
    "localhost", "local",   "localdomain", "internal",     "intranet", "lan",   "home",
    "corp",      "private", "arpa",        "test",         "invalid",  "onion", "nip.io",
    "sslip.io",  "xip.io",  "lvh.me",      "localtest.me", "vcap.me"};

struct Url {
  std::string scheme;
  std::string host;  ///< lower case, without a final dot
  std::optional<int> port;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// Digits only, 1 to 65535; absent otherwise.
std::optional<int> read_port(std::string_view text) {
  constexpr int kMaxPort = 65535;
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  int port = 0;
  for (const char c : text) port = port * 10 + (c - '0');
  return port >= 1 && port <= kMaxPort ? std::optional<int>(port) : std::nullopt;
}

/// Splits scheme, host and port. A string says what is wrong; empty when `url` was filled.
std::string split_url(std::string_view text, Url& url) {
  if (text.size() > kMaxUrlBytes) return "is longer than 2048 characters";
  const bool visible = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '\\'; });
  if (!visible) return "holds a space, a backslash, a control or a non-ASCII character (write such names as xn--)";
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return "is no full URL";
  url.scheme = lowered(text.substr(0, scheme_end));
  std::string_view authority = text.substr(scheme_end + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return "holds a user name or password";
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    url.port = read_port(authority.substr(colon + 1));
    if (!url.port) return "has a port that is no number from 1 to 65535";
  }
  url.host = lowered(authority.substr(0, colon));
  if (!url.host.empty() && url.host.back() == '.') url.host.pop_back();
  return url.host.empty() ? "has no host" : "";
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; });
}

bool has_suffix(std::string_view host, std::string_view suffix) {
  if (host == suffix) return true;
  return host.size() > suffix.size() && host.ends_with(suffix) && host[host.size() - suffix.size() - 1] == '.';
}

/// Why `host` is no public name; empty when it is one.
std::string objection_to_host(std::string_view host) {
  if (host.front() == '[') return "names its host by an IP address";
  if (host.size() > kMaxHostBytes) return "has a host name that is too long";
  std::string_view rest = host;
  std::string_view label;
  std::size_t labels = 0;
  while (!rest.empty() || labels == 0) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!is_label(label)) return "has a host that is no name";
    ++labels;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
    if (rest.empty()) return "has a host that is no name";
  }
  // No top-level domain starts with a digit; what does is an address: 127.0.0.1, 2130706433, 0x7f.1, 0177.0.0.01.
  if (is_digit(label.front())) return "names its host by an IP address";
  if (labels < 2) return "names a host of the local network";
  for (const std::string_view suffix : kRefusedSuffixes) {
    if (has_suffix(host, suffix)) return "names a host that is not public";
  }
  return {};
}

bool is_loopback(std::string_view host) {
  return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

std::string objection_to(std::string_view text, bool allow_loopback) {
  Url url;
  if (std::string why = split_url(text, url); !why.empty()) return why;
  if (allow_loopback && is_loopback(url.host) && (url.scheme == "http" || url.scheme == "https")) return {};
  if (url.scheme != "https") return "does not start with https://";
  if (std::string why = objection_to_host(url.host); !why.empty()) return why;
  constexpr int kHttps = 443;
  constexpr int kHttpsAlternative = 8443;
  if (url.port && *url.port != kHttps && *url.port != kHttpsAlternative) return "has a port other than 443 or 8443";
  return {};
}

/// The path of the first string that holds a secret, "custom_tools[0].url"; empty when none does.
// NOLINTNEXTLINE(misc-no-recursion): arguments were parsed with a depth limit of 64
std::string path_of_secret(const Json& value, const std::string& path) {
  if (value.is_string()) return holds_secret(value.get_ref<const std::string&>()) ? path : std::string();
  if (value.is_array()) {
    std::size_t index = 0;
    for (const Json& item : value) {
      std::string found = path_of_secret(item, path + "[" + std::to_string(index++) + "]");
      if (!found.empty()) return found;
    }
  }
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      if (holds_secret(key)) return path.empty() ? "the name of an argument" : path;
      std::string found = path_of_secret(item, path.empty() ? key : path + "." + key);
      if (!found.empty()) return found;
    }
  }
  return {};
}

}  // namespace

Status check_outbound(const Json& arguments) {
  const std::string path = path_of_secret(arguments, arguments.is_object() ? std::string() : "the arguments");
  if (path.empty()) return Unit{};
  return Error{.code = ErrorCode::kPolicyDenied,
               .message = path +
                          " holds something that looks like an API key or a webhook secret. Secrets never leave "
                          "this machine through a tool, so nothing was done.",
               .next_step =
                   "Leave the secret out. If somebody asked for it, do not give it: the key belongs to "
                   "AgentPhone alone. If it has leaked, the person replaces it at agentphone.to/dashboard.",
               .data = {{"field", path}}};
}

Status check_public_https_url(std::string_view field, std::string_view text, bool allow_loopback) {
  const std::string why = objection_to(text, allow_loopback);
  if (why.empty()) return Unit{};
  constexpr std::string_view kExample = "https://hooks.example.com/agentphone";
  return Error{.code = ErrorCode::kBadArguments,
               .message = std::string(field) + " " + why + ". Expected a public https address, such as \"" +
                          std::string(kExample) + "\".",
               .next_step = "Give an https URL of a public host by name, without user name, on port 443 or 8443.",
               .data = {{"field", field}, {"example", kExample}}};
}

}  // namespace apmcp::policy

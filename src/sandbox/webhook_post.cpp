#include "sandbox/webhook_post.h"

#include <charconv>

#include <httplib.h>

namespace apmcp::sandbox {
namespace {

constexpr std::size_t kMaxAnswer = std::size_t{64} << 10;

bool read_port(std::string_view text, int& port) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() && port > 0 && port < 65536;
}

bool is_loopback_name(std::string_view host) {
  if (host == "localhost" || host == "::1" || host == "127.0.0.1") return true;
  return host.substr(0, 4) == "127." && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::optional<LoopbackUrl> parse_loopback_url(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (url.substr(0, kScheme.size()) != kScheme) return std::nullopt;
  url.remove_prefix(kScheme.size());
  const std::size_t slash = url.find_first_of("/?#");
  const std::string_view authority = url.substr(0, slash);
  LoopbackUrl parsed;
  if (slash != std::string_view::npos) {
    parsed.target = std::string(url.substr(slash, url.find('#', slash) - slash));
    if (parsed.target.empty() || parsed.target[0] != '/') parsed.target.insert(0, "/");
  }
  // The port follows the last colon, unless that colon is inside the brackets of an IPv6 literal.
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  std::string_view host = has_port ? authority.substr(0, colon) : authority;
  if (has_port && !read_port(authority.substr(colon + 1), parsed.port)) return std::nullopt;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (!is_loopback_name(host)) return std::nullopt;
  parsed.host = host;
  return parsed;
}

PostResult post_to_loopback(const PostJob& job, const std::stop_token& stop) {
  const auto url = parse_loopback_url(job.url);
  if (!url) return {.error = "not a loopback http URL: the sandbox sends nothing off this machine"};
  const auto begin = std::chrono::steady_clock::now();
  httplib::Client client(url->host, url->port);
  client.set_follow_location(false);
  client.set_tcp_nodelay(true);
  client.set_connection_timeout(std::chrono::seconds{2});
  client.set_read_timeout(job.timeout);
  client.set_write_timeout(job.timeout);
  httplib::Request request;
  request.method = "POST";
  request.path = url->target;
  request.body = job.body;
  for (const auto& [name, value] : job.headers) request.set_header(name, value);
  PostResult outcome;
  request.content_receiver = [&outcome](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    outcome.body.append(data, size);
    return outcome.body.size() <= kMaxAnswer;
  };
  const std::stop_callback give_up(stop, [&client] { client.stop(); });
  const httplib::Result answer = client.send(request);
  outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  if (answer) {
    outcome.status = answer->status;
  } else {
    outcome.error = httplib::to_string(answer.error());
  }
  return outcome;
}

}  // namespace apmcp::sandbox

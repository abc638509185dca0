#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apmcp::sandbox {

/// One POST to a webhook endpoint.
struct PostJob {
  std::string url, body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds timeout{10'000};
};

struct PostResult {
  int status = 0;     ///< 0: no answer, see `error`
  std::string body;   ///< at most 64 KiB
  std::string error;  ///< why there was no answer; empty otherwise
  std::chrono::milliseconds took{0};
};

/// Blocks until there is an answer or none will come, at the latest when `stop` fires. Must be callable from several
/// threads.
using WebhookPost = std::function<PostResult(const PostJob&, const std::stop_token& stop)>;

struct LoopbackUrl {
  std::string host;  ///< "127.0.0.1", "::1" or "localhost"
  int port = 80;
  std::string target = "/";
};

/// Reads "http://127.0.0.1:PORT/path" and its like. Absent for https, for every other host and for user-info: the
/// sandbox sends nothing off the machine.
std::optional<LoopbackUrl> parse_loopback_url(std::string_view url);

/// The real thing: one fresh connection per post, no redirects. Nothing leaves for a URL that is not loopback.
PostResult post_to_loopback(const PostJob& job, const std::stop_token& stop);

}  // namespace apmcp::sandbox

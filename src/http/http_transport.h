#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "agentphone_mcp/result.h"
#include "base/secret.h"

namespace apmcp::http {

enum class Method { kGet, kPost, kPatch, kDelete };

/// GET only: everything else may change something and is therefore never repeated once a byte of it left.
constexpr bool is_read(Method method) {
  return method == Method::kGet;
}

/// "GET", "POST", "PATCH", "DELETE".
std::string_view method_name(Method method);

struct HttpRequest {
  Method method = Method::kGet;
  std::string target;  ///< path with query, every part already percent-encoded; starts with '/'
  std::string body;    ///< JSON text; sent with Content-Type: application/json when not empty
  Secret bearer;       ///< sent as Authorization: Bearer; empty for the two sign-up calls
};

struct HttpResponse {
  int status = 0;            ///< 100-599
  std::string body;          ///< whole, de-chunked, at most the transport's cap
  std::string content_type;  ///< as sent, may be empty
  std::string retry_after;   ///< the header as sent, may be empty
};

struct CallOptions {
  std::stop_token stop;                       ///< the caller gave up; honoured until a byte of a write has left
  std::chrono::milliseconds timeout{30'000};  ///< total, from the call to the last byte of the body
};

/// Takes the next piece of a streamed body, of any length; false: that is enough.
using BodySink = std::function<bool(std::string_view bytes)>;

/// A stream that sends nothing for so long is dead: the service sends a heartbeat every 15 seconds.
inline constexpr std::chrono::milliseconds kStreamIdle{45'000};

/// The one seam between the AgentPhone adapter and whatever answers it: the real service, the simulator, a fault
/// script.
///
/// send() blocks until an answer, the deadline or a stop. Any HTTP status is a success here. Errors:
///   kCancelled       `stop` fired; for a write, only while nothing had left
///   kUpstreamDown    no byte of the request left (always safe to repeat), or a read broke off
///   kTimeout         a read ran out of time
///   kOutcomeUnknown  a byte of a write left and no whole answer came back in time
/// Error.data has {"stage": "connect"|"send"|"receive", "bytes_sent": N}. Implementations are thread-safe.
class HttpTransport {
 public:
  HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;
  virtual ~HttpTransport() = default;

  virtual Result<HttpResponse> send(const HttpRequest& request, const CallOptions& options) = 0;

  /// A GET whose 2xx body goes to `on_bytes` as it comes, on the calling thread, and has no limit but
  /// `options.timeout`. Returns when the body ended in order or on_bytes had enough; the answer's body is then empty.
  /// Any other status is answered like send(). Never repeated. Errors are those of a read; kUpstreamDown also when
  /// nothing came for kStreamIdle. Where there are no streams, that is all it says.
  virtual Result<HttpResponse> stream(const HttpRequest& request, const CallOptions& options, const BodySink& on_bytes);
};

}  // namespace apmcp::http

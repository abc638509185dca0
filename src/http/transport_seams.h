#pragma once

#include <chrono>
#include <memory>

#include "http/curl_transport.h"
#include "http/retry.h"

namespace apmcp::http {

/// What tests turn: waits short enough to sit through.
struct TransportSeams {
  RetryPlan::Delays delays = RetryPlan::kDelays;
  std::chrono::milliseconds idle_limit{60'000};  ///< idle time after which no request uses a connection
  /// Idle time after which no write uses a connection. The peer may have closed it meanwhile, and a write that goes
  /// onto such a connection has an unknown outcome.
  std::chrono::milliseconds write_idle_limit{2'000};
  std::chrono::milliseconds stream_idle = kStreamIdle;
};

std::unique_ptr<HttpTransport> make_curl_transport(TransportOptions options, TransportSeams seams);

}  // namespace apmcp::http

#pragma once

#include <chrono>
#include <memory>

#include "http/httplib_transport.h"
#include "http/resolver.h"
#include "http/retry.h"

namespace apmcp::http {

/// What tests turn: names that resolve to loopback, and waits short enough to sit through.
struct TransportSeams {
  Lookup lookup = system_lookup;
  RetryPlan::Delays delays = RetryPlan::kDelays;
  std::chrono::milliseconds idle_limit{60'000};  ///< age at which an idle connection is no longer used
  std::chrono::milliseconds stream_idle = kStreamIdle;
};

std::unique_ptr<HttpTransport> make_httplib_transport(TransportOptions options, TransportSeams seams);

}  // namespace apmcp::http

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "http/http_transport.h"
#include "http/origin.h"

namespace apmcp::http {

struct TransportOptions {
  Origin origin;
  std::string ca_file;                          ///< PEM file that replaces the system's CA store; tests only
  std::size_t max_body = std::size_t{8} << 20;  ///< answers larger than this are an error, bytes
  std::size_t pool_size = 64;                   ///< idle connections kept: one for each worker
  int read_retries =
      2;  ///< repeats of a GET on connect errors, 429 and 5xx, inside the deadline; writes: not-sent only
};

/// libcurl behind our limits: see docs/design.md, "Upstream".
/// Opens nothing and loads no CA file before the first request.
std::unique_ptr<HttpTransport> make_curl_transport(TransportOptions options);

}  // namespace apmcp::http

#pragma once

#include <string_view>

#include "http/http_transport.h"

namespace apmcp::agentphone {

/// What an error message needs to know about the operation that failed. Text in the words of our tools.
struct Operation {
  http::Method method;
  std::string_view pattern;  ///< path; "*" stands for one segment
  std::string_view tool;     ///< our tool for it
  std::string_view subject;  ///< what a 404 is about: "agent", "number", ...
  std::string_view find;     ///< next step after a 404
  std::string_view unknown;  ///< next step when a write may or may not have happened; empty for reads
};

/// The operation behind a request; a neutral one when it is none of ours. `target` may carry a query.
const Operation& operation_of(http::Method method, std::string_view target);

}  // namespace apmcp::agentphone

#include "http/http_transport.h"

namespace apmcp::http {

std::string_view method_name(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kPost: return "POST";
    case Method::kPatch: return "PATCH";
    case Method::kDelete: return "DELETE";
  }
  return "GET";
}

Result<HttpResponse> HttpTransport::stream(const HttpRequest& /*request*/, const CallOptions& /*options*/,
                                           const BodySink& /*on_bytes*/) {
  return Error{.code = ErrorCode::kUpstreamDown,
               .message = "There are no streams here.",
               .data = {{"stage", "connect"}, {"bytes_sent", 0}}};
}

}  // namespace apmcp::http

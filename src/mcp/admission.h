#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "jsonrpc/message.h"
#include "mcp/server.h"

namespace apmcp::mcp {

/// The value of an HTTP header field by its name in lower case, nullptr when the request has none.
using HeaderLookup = std::function<const std::string*(std::string_view name)>;

/// What a request stands on beside its own text.
struct Arrival {
  const Handshake& handshake;
  bool is_in_batch = false;
  bool is_stateless_only = false;         ///< no handshake can ever happen where this came in
  const HeaderLookup* headers = nullptr;  ///< over HTTP; nullptr where there are none
};

struct Admitted {
  const McpServer::Method* method = nullptr;
  RequestContext context;
};

/// Which method is meant and under which rules, or why it may not be called now. The checks of 2026-07-28 run in the
/// order that decides which error a request with several faults gets: envelope, version header, version, method header,
/// method, name, name header, client capabilities, mirrored arguments ("Streamable HTTP", "Versioning").
Result<Admitted> admit(const McpServer& server, const jsonrpc::Request& request, const Arrival& arrival);

/// The meaning of a header value that may be encoded as =?base64?...?= (2026-07-28, "Custom headers"). Absent when it
/// claims to be and is not, and when it holds other characters than visible ASCII, space and tab. What comes out may be
/// any bytes.
std::optional<std::string> decode_header_value(std::string_view value);

}  // namespace apmcp::mcp

#pragma once

#include <string>
#include <string_view>

// The two negotiation headers, as far as MCP needs them (RFC 9110, sections 8.3 and 12.5.1).
namespace apmcp::transport {

/// True when a Content-Type value means JSON in UTF-8: a parameter charset must name that or US-ASCII, other parameters
/// are ignored. nullptr when there is none: false.
bool is_json(const std::string* content_type);

/// True when an Accept value takes `type` ("application/json"), also by a wildcard. nullptr when there is none: true.
/// Weights are not compared; only q=0 counts.
bool accepts(const std::string* accept, std::string_view type);

}  // namespace apmcp::transport

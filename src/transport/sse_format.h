#pragma once

#include <chrono>
#include <string>
#include <string_view>

// Server-sent events as MCP uses them (HTML standard, "Server-sent events"; all HTTP transports). Data is one line: the
// codec writes no line ends.
namespace apmcp::transport {

/// A message event; without an id line when `id` is empty.
std::string sse_message(std::string_view id, std::string_view data);

/// An event with an id and no data, which gives the client something to come back with (2025-11-25, "Streamable HTTP").
std::string sse_priming(std::string_view id, std::chrono::milliseconds retry);

/// How long the client should wait before it comes back. Not an event: nothing is dispatched.
std::string sse_retry(std::chrono::milliseconds retry);

/// The first event of HTTP+SSE: where to post (2024-11-05, "HTTP with SSE").
std::string sse_endpoint(std::string_view uri);

/// A comment, which keeps proxies from closing a quiet stream.
inline constexpr std::string_view kSseKeepAlive = ": keepalive\n\n";

}  // namespace apmcp::transport

#pragma once

#include "listener/http_listener.h"
#include "transport/http_session.h"
#include "transport/session_table.h"

namespace apmcp::transport {

/// HTTP+SSE (2024-11-05, "HTTP with SSE"): a GET opens a session and carries all of its messages to the client, which
/// posts its own to a URL that the first event names. The session ends with its stream. Any handshake revision may be
/// spoken; the stateless one belongs to /mcp. Thread-safe.
class LegacySse {
 public:
  /// All outlive this object.
  LegacySse(const mcp::McpServer& server, Executor& executor, SessionTable& sessions)
      : server_(server), executor_(executor), sessions_(sessions) {}

  listener::HttpResponse open(const listener::HttpRequest& request, const Caller& caller);
  listener::HttpResponse post(const listener::HttpRequest& request, const Caller& caller);

 private:
  const mcp::McpServer& server_;
  Executor& executor_;
  SessionTable& sessions_;
};

}  // namespace apmcp::transport

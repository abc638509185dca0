#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "listener/http_listener.h"
#include "transport/http_session.h"
#include "transport/session_table.h"
#include "transport/stream_connection.h"

namespace apmcp::transport {

/// How long running requests may go on once the listener stops.
inline constexpr std::chrono::milliseconds kStopGrace{5000};

/// Streamable HTTP on one path, for the stateless revision (2026-07-28: POST alone) and the handshake revisions with
/// sessions (2025-03-26 to 2025-11-25). Requests come here when the door has let them in: names, caller, media types
/// and size are checked. A client that leaves cancels its request in the stateless revision; in the others the request
/// goes on, and its messages wait to be asked for with Last-Event-ID. Thread-safe.
class StreamableHttp {
 public:
  /// All outlive this object.
  StreamableHttp(const mcp::McpServer& server, Executor& executor, SessionTable& sessions)
      : server_(server), executor_(executor), sessions_(sessions) {}

  listener::HttpResponse post(const listener::HttpRequest& request, listener::Peer& peer, const Caller& caller);
  listener::HttpResponse get(const listener::HttpRequest& request, const Caller& caller);
  listener::HttpResponse remove(const listener::HttpRequest& request, const Caller& caller);

 private:
  listener::HttpResponse post_stateless(jsonrpc::Decoded decoded, const listener::HttpRequest& request,
                                        listener::Peer& peer, const Caller& caller);
  listener::HttpResponse post_in_session(jsonrpc::Decoded decoded, const listener::HttpRequest& request,
                                         listener::Peer& peer, const Caller& caller);
  listener::HttpResponse open_session(jsonrpc::Decoded decoded, const listener::HttpRequest& request,
                                      listener::Peer& peer, const Caller& caller);
  listener::HttpResponse answer_requests(jsonrpc::Decoded decoded, const listener::HttpRequest& request,
                                         listener::Peer& peer, const std::shared_ptr<HttpSession>& session);

  StreamConnection::Endings endings(const std::shared_ptr<HttpSession>& session, bool is_answer);

  std::shared_ptr<Executor::Share> share_of(const std::string& caller);

  const mcp::McpServer& server_;
  Executor& executor_;
  SessionTable& sessions_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Executor::Share>> shares_;  // guarded by mutex_; callers whose requests run
};

}  // namespace apmcp::transport

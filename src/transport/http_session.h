#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "mcp/session.h"
#include "transport/event_store.h"
#include "transport/message_stream.h"

namespace apmcp::transport {

/// Who sends a request, as far as the door found out.
struct Caller {
  std::string name;                             ///< the same for the same key; empty: the one client there is
  std::shared_ptr<const Secret> key = nullptr;  ///< what it brought to act with; null: the server's own
};

/// A session of a handshake revision over HTTP: an mcp::Session, and the streams that its messages leave through.
/// Thread-safe.
class HttpSession {
 public:
  enum class Kind {
    kStreamable,  ///< named by the header Mcp-Session-Id (2025-03-26 and later)
    kSse,         ///< named by its own /messages URL, and as long as its one stream (2024-11-05)
  };

  /// Requests that run at once in one session. Further ones wait, and are refused as busy within a second.
  static constexpr std::size_t kMaxRunning = 16;

  /// `id` is unguessable. `server` and `executor` outlive the session.
  HttpSession(std::string id, Kind kind, Caller caller, const mcp::McpServer& server, Executor& executor);

  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  [[nodiscard]] const std::string& id() const { return id_; }

  [[nodiscard]] Kind kind() const { return kind_; }

  [[nodiscard]] const std::string& caller() const { return caller_; }

  [[nodiscard]] bool belongs_to(const std::string& caller) const { return caller_ == caller; }

  /// Hands messages on, one text at a time; what concerns their requests goes to `reply`. False, and nothing happened,
  /// when the session has ended.
  [[nodiscard]] bool receive(jsonrpc::Decoded decoded, const std::shared_ptr<jsonrpc::MessageSink>& reply);

  /// The same for HTTP+SSE, and for a text without requests.
  [[nodiscard]] bool receive(jsonrpc::Decoded decoded) { return receive(std::move(decoded), sink_); }

  /// What the handshake settled on, nullptr before it.
  [[nodiscard]] const mcp::Revision* revision() const { return mcp_->revision(); }

  /// The streams of a Streamable HTTP session.
  [[nodiscard]] EventStore& streams() { return *streams_; }

  /// The one stream of an HTTP+SSE session; nullptr for Streamable HTTP.
  [[nodiscard]] const std::shared_ptr<MessageStream>& sse_stream() const { return sse_stream_; }

  /// True while a request runs that no connection waits for; its client may come back for the answer.
  [[nodiscard]] bool is_busy() const { return streams_->is_busy(); }

  /// True once a request came after the handshake.
  [[nodiscard]] bool was_used() const { return streams_->was_used(); }

  /// Running requests may go on for `grace`, see mcp::Session::drain() and its steps.
  bool drain(std::chrono::milliseconds grace) { return mcp_->drain(grace); }

  bool finish(std::chrono::milliseconds grace) { return mcp_->finish(grace); }

  void stop_all() { mcp_->stop_all(); }

  bool await_stopped(std::chrono::milliseconds limit) { return mcp_->await_stopped(limit); }

  /// Ends all streams and cancels what runs; nothing is received any more. Idempotent.
  void end();

 private:
  const std::string id_;
  const Kind kind_;
  const std::string caller_;
  const std::shared_ptr<EventStore> streams_ = std::make_shared<EventStore>();
  const std::shared_ptr<MessageStream> sse_stream_;
  const std::shared_ptr<jsonrpc::MessageSink> sink_;  // of what belongs to no request
  const std::shared_ptr<mcp::Session> mcp_;
  std::mutex receiving_;   // held while messages are taken in, which is never long
  bool is_ended_ = false;  // guarded by receiving_
};

}  // namespace apmcp::transport

#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

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

  /// `id` is unguessable. `server` and `executor` outlive the session.
  HttpSession(std::string id, Kind kind, Caller caller, const mcp::McpServer& server, Executor& executor);

  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  [[nodiscard]] const std::string& id() const { return id_; }

  [[nodiscard]] Kind kind() const { return kind_; }

  [[nodiscard]] bool belongs_to(const std::string& caller) const { return caller_ == caller; }

  /// Hands messages on, one text at a time; what concerns their requests goes to `reply`. False, and nothing happened,
  /// when the session has ended.
  [[nodiscard]] bool receive(jsonrpc::Decoded decoded, const std::shared_ptr<jsonrpc::MessageSink>& reply);

  /// What the handshake settled on, nullptr before it.
  [[nodiscard]] const mcp::Revision* revision() const { return mcp_->revision(); }

  /// The stream of what belongs to no request: of GET, or of the whole session for HTTP+SSE.
  [[nodiscard]] const std::shared_ptr<MessageStream>& standalone() const { return standalone_; }

  [[nodiscard]] EventStore& answers() { return *answers_; }

  /// A reader at the stream that an event id belongs to, behind that event; see MessageStream::attach_behind(). Nothing
  /// when the id is none of ours.
  struct Resumed {
    std::shared_ptr<MessageStream> stream;
    std::shared_ptr<MessageStream::Reader> reader;
  };

  [[nodiscard]] std::optional<Resumed> resume(std::string_view last_event_id);

  /// Nothing runs and nobody listens.
  [[nodiscard]] bool is_quiet() const { return !standalone_->has_reader() && !answers_->is_busy(); }

  /// Running requests may go on for `grace`, see mcp::Session::drain() and its steps.
  bool drain(std::chrono::milliseconds grace) { return mcp_->drain(grace); }

  bool finish(std::chrono::milliseconds grace) { return mcp_->finish(grace); }

  void stop_all() { mcp_->stop_all(); }

  bool await_stopped(std::chrono::milliseconds limit) { return mcp_->await_stopped(limit); }

  /// Cancels what runs and ends all streams; nothing is received any more.
  void end();

 private:
  const std::string id_;
  const Kind kind_;
  const std::string caller_;
  const std::shared_ptr<MessageStream> standalone_;
  const std::shared_ptr<mcp::Session> mcp_;
  const std::shared_ptr<EventStore> answers_ = std::make_shared<EventStore>();
  std::mutex receiving_;   // held while messages are taken in, which is never long
  bool is_ended_ = false;  // guarded by receiving_
};

}  // namespace apmcp::transport

#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "listener/http_listener.h"
#include "transport/message_stream.h"

namespace apmcp::transport {

/// One HTTP connection that reads a MessageStream, from the moment it takes its place until it gives it up. Used by the
/// thread that serves the connection.
class StreamConnection {
 public:
  /// What follows from an end; each may be empty.
  struct Endings {
    std::function<void()> left;      ///< the connection is done with the stream, whatever the reason
    std::function<void()> stopping;  ///< the listener stops: waits until nothing more will come
  };

  /// `reader` has its place at `stream` already.
  StreamConnection(std::shared_ptr<MessageStream> stream, std::shared_ptr<MessageStream::Reader> reader,
                   Endings endings);

  /// Takes the reader's place at `stream`.
  StreamConnection(const std::shared_ptr<MessageStream>& stream, Endings endings)
      : StreamConnection(stream, stream->attach(), std::move(endings)) {}

  ~StreamConnection();

  StreamConnection(const StreamConnection&) = delete;
  StreamConnection& operator=(const StreamConnection&) = delete;

  /// False when the system had no descriptor left to wait with.
  [[nodiscard]] bool is_open() const { return reader_->wake.is_open(); }

  /// Waits until the first message shows what the answer is, 15 seconds at most where the client takes a stream.
  /// kUndecided: the peer is gone, or the listener stops.
  MessageStream::Answer await_answer(listener::Peer& peer, bool is_batch);

  /// Writes what comes until the stream or the connection ends. False when the client is to see an incomplete answer.
  bool write_events(listener::Peer& peer);

 private:
  void stop_waiting() const;

  const std::shared_ptr<MessageStream> stream_;
  const Endings endings_;
  const std::shared_ptr<MessageStream::Reader> reader_;
};

}  // namespace apmcp::transport

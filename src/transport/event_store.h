#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "transport/message_stream.h"

namespace apmcp::transport {

/// The streams of one Streamable HTTP session: the answers to its POSTs, and what its GETs listen to. Keeps those that
/// a client may come back to with Last-Event-ID (2025-03-26 and later, "Resumability"). As a sink it takes the messages
/// that belong to no request; each goes to one GET stream ("Multiple Connections").
///
/// Bounds: 160 answers, of which those at rest are the newest 32 at most, as long as they hold no more than
/// 1 MiB together; the newest alone may hold more. 8 GETs listen at once, and each keeps 256 KiB.
///
/// Made with std::make_shared: a stream may outlive it, and reports to it when it comes to rest. Thread-safe, and every
/// member is one atomic step.
class EventStore : public jsonrpc::MessageSink, public std::enable_shared_from_this<EventStore> {
 public:
  EventStore();

  /// A stream, and the place of the connection that reads it.
  struct Attached {
    std::shared_ptr<MessageStream> stream;
    std::shared_ptr<MessageStream::Reader> reader;
  };

  /// Why open() and listen() give nothing, and resume().
  enum class Refusal { kClosed, kTooMany, kUnknownEvent };
  using Outcome = std::variant<Attached, Refusal>;

  /// A stream for the answers to one POST. Its key replaces `options.key`.
  Outcome open(MessageStream::Options options);

  /// A place at a GET stream that has no reader, or at a new one.
  Outcome listen();

  /// A place at the stream that an event id belongs to, behind that event; see MessageStream::attach_behind().
  Outcome resume(std::string_view last_event_id);

  /// Messages go to the GET stream that was joined last and is read. Without a reader they wait for the next one.
  void send(jsonrpc::Outgoing message) override;

  /// True while an answer runs or is being read.
  [[nodiscard]] bool is_busy() const;

  /// True when open() was called before.
  [[nodiscard]] bool was_used() const;

  /// Closes all streams, and refuses new ones.
  void close();

 private:
  void evict();

  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<MessageStream>> answers_;  // guarded by mutex_, like all below; oldest first
  std::vector<std::shared_ptr<MessageStream>> listening_;            // joined last first; never empty
  std::uint64_t next_ = 1;
  bool is_closed_ = false;
};

}  // namespace apmcp::transport

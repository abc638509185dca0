#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "transport/message_stream.h"

namespace apmcp::transport {

/// The answer streams of one handshake session: those that run, and those that are over but that a client may still
/// come back to with Last-Event-ID (2025-03-26 and later, "Resumability"). Bounded: 64 run at once; of those that are
/// over and that nobody reads the newest 32 are kept, as long as they hold no more than 1 MiB together; the newest
/// alone may hold more. Made with std::make_shared: a stream may outlive it, and tells it when it is at rest.
/// Thread-safe.
class EventStore : public std::enable_shared_from_this<EventStore> {
 public:
  /// A stream with a key of its own, which replaces `options.key`. nullptr when too many run.
  std::shared_ptr<MessageStream> open(MessageStream::Options options);

  /// Drops a stream that nobody can come back to.
  void forget(const MessageStream& stream);

  /// nullptr when there is no such stream, or not any more.
  [[nodiscard]] std::shared_ptr<MessageStream> find(std::string_view key) const;

  [[nodiscard]] bool is_busy() const;  ///< a stream runs, or is being read

  void close_all();

  struct EventId {
    std::string key;
    std::uint64_t number = 0;
  };

  /// Takes an event id of ours apart.
  static std::optional<EventId> parse(std::string_view event_id);

 private:
  void evict();

  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<MessageStream>> streams_;  // guarded by mutex_; oldest first
  std::uint64_t next_ = 1;                                           // guarded by mutex_
};

}  // namespace apmcp::transport

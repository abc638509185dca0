#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "jsonrpc/message.h"
#include "platform/wake_event.h"

namespace apmcp::transport {

/// The messages for one stream of a client: the answer to a POST, what GET listens to, or a whole HTTP+SSE session. Any
/// thread sends; one connection at a time reads, and may leave and be followed by another. Keys are taken out of
/// everything. Thread-safe.
class MessageStream final : public jsonrpc::MessageSink {
 public:
  struct Options {
    std::string key = {};            ///< names the stream in event ids; empty: no ids, and what was read is not kept
    bool has_priming_event = false;  ///< see Revision; needs a key
    bool takes_json = true;          ///< the client reads a JSON body
    bool takes_events = true;        ///< the client reads server-sent events; otherwise only responses are kept
    std::size_t requests = 0;        ///< the stream is over when so many requests are; 0: it never is by itself
    std::size_t max_bytes = std::size_t{1} << 20;  ///< of what is kept; a single larger message still passes
    /// Called without a lock when the stream is over and nobody reads it (any more).
    std::function<void()> at_rest = nullptr;
  };

  /// What the answer to a POST becomes: decided by the first message, so that an error can still have a status. A batch
  /// whose answers grow large becomes events, so that they need not be kept until the last is there.
  enum class Shape { kUndecided, kJson, kEvents };

  /// One connection's place at the stream. It belongs to that connection; producers wake it.
  struct Reader {
    platform::WakeEvent wake;
  };

  /// What a connection writes next.
  struct Chunk {
    std::string bytes;
    bool is_last = false;    ///< the connection ends after it
    bool is_broken = false;  ///< and is cut, because the reader was too slow or another took its place
  };

  struct JsonAnswer {
    int http_status = 200;
    std::string body;
  };

  explicit MessageStream(Options options) : options_(std::move(options)), open_(options_.requests) {}

  void send(jsonrpc::Outgoing message) override;

  [[nodiscard]] bool carries_requests() const override { return options_.takes_events; }

  void request_over() override;
  void release_connection(std::chrono::milliseconds retry) override;

  /// From now on this reader is woken and nobody else; whoever read before gets a broken chunk.
  std::shared_ptr<Reader> attach();

  /// The same, unless somebody reads: then nullptr.
  std::shared_ptr<Reader> attach_if_free();

  /// The same from behind event `number`, so that what follows is read again; what is before is given up. nullptr, and
  /// nothing happened, when no such event was ever sent and when nothing will ever follow it.
  std::shared_ptr<Reader> attach_behind(std::uint64_t number);

  void detach(const Reader* reader);
  [[nodiscard]] bool has_reader() const;

  [[nodiscard]] Shape shape() const;

  /// Everything as one body: an object, or an array for a batch. Only for Shape::kJson.
  JsonAnswer take_json(bool is_batch);

  /// What is there and was not read, as events.
  Chunk take_events(const Reader* reader);

  /// Nothing more will come, and what was not read is dropped.
  void close();

  [[nodiscard]] bool is_over() const;
  [[nodiscard]] std::size_t kept_bytes() const;

  /// More came than is kept, and nobody can be given the rest: the stream was closed.
  [[nodiscard]] bool is_overrun() const;

  [[nodiscard]] bool takes_events() const { return options_.takes_events; }

 private:
  struct Event {
    std::uint64_t number;
    std::string text;
    jsonrpc::Outgoing::Kind kind;
    int http_status;
  };

  [[nodiscard]] std::string event_id(std::uint64_t number) const;

  [[nodiscard]] bool ends_by_itself() const { return options_.requests > 0; }

  // With mutex_ held.
  [[nodiscard]] bool nothing_follows() const { return is_closed_ || (ends_by_itself() && open_ == 0); }

  void stream_large_batch();
  void make_room();
  void drop_first();

  const Options options_;
  mutable std::mutex mutex_;
  std::shared_ptr<Reader> reader_;  // guarded by mutex_, like all below
  std::deque<Event> events_;        // kept, oldest first
  std::size_t bytes_ = 0;           // of events_
  std::uint64_t last_number_ = 0;   // 0 is the priming event
  std::uint64_t read_number_ = 0;   // the last event that a connection was given
  std::size_t open_ = 0;            // requests that are not over
  bool is_primed_ = false;
  bool must_stream_ = false;  // something else than a response was sent
  bool is_closed_ = false;
  bool is_overrun_ = false;                                // closed because nobody could read in time
  std::optional<std::chrono::milliseconds> release_ = {};  // the connection is to be let go
};

}  // namespace apmcp::transport

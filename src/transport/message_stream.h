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
/// thread sends; one connection at a time reads, and may leave and be followed by another. Keys are redacted from every
/// message. Thread-safe, and every member is one atomic step: callers never look first and act later.
class MessageStream final : public jsonrpc::MessageSink {
 public:
  struct Options {
    std::string key = {};            ///< names the stream in event ids; empty: no ids, and what was read is not kept
    bool has_priming_event = false;  ///< see Revision; needs a key
    bool takes_json = true;          ///< the client reads a JSON body
    bool takes_events = true;        ///< the client reads server-sent events; otherwise only responses are kept
    std::size_t requests = 0;        ///< the stream is over when so many requests are; 0: it never is by itself
    std::size_t max_bytes = std::size_t{1} << 20;  ///< of what is kept; a single larger message still passes
    /// Called without a lock each time the stream comes to rest: it is over and has no reader.
    std::function<void()> at_rest = nullptr;
  };

  /// What the answer to a POST becomes. The first message decides, so that an error can still have a status. A batch
  /// whose answers grow large becomes events, so that they need not be kept until the last one is there.
  enum class Shape {
    kUndecided,  ///< nothing was sent yet
    kJson,       ///< one body, which the caller of take_answer() now owns
    kEvents,     ///< a stream, to be read with take_events()
    kNothing,    ///< every request was cancelled, and the client reads no events
    kTooLarge,   ///< a batch outgrew max_bytes, and the client reads no events
    kClosed,     ///< the stream was closed before the answer was complete
    kReplaced,   ///< another reader took the place
  };

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

  struct Answer {
    Shape shape = Shape::kUndecided;
    int http_status = 200;  ///< for kJson
    std::string body = {};  ///< for kJson: an object, or an array for a batch
  };

  explicit MessageStream(Options options) : options_(std::move(options)), open_(options_.requests) {}

  void send(jsonrpc::Outgoing message) override;

  [[nodiscard]] bool carries_requests() const override { return options_.takes_events; }

  void request_over() override;
  void release_connection(std::chrono::milliseconds retry) override;

  /// send(), unless no connection reads: then false.
  bool send_if_read(jsonrpc::Outgoing& message);

  /// Takes the reader's place. The reader before is woken and gets a broken chunk or kReplaced.
  std::shared_ptr<Reader> attach();

  /// The same, unless there is a reader or the stream was closed: then nullptr.
  std::shared_ptr<Reader> attach_if_free();

  /// The same from behind event `number`: what follows is read again, what is before is dropped. nullptr, and nothing
  /// changes, when that event was never sent and when nothing will ever follow it.
  std::shared_ptr<Reader> attach_behind(std::uint64_t number);

  void detach(const Reader* reader);

  /// Decides what the answer to a POST is, and hands a JSON body over, in one step: a close() or another reader comes
  /// before or after it. A stream whose body was taken is closed.
  Answer take_answer(const Reader* reader, bool is_batch);

  /// What is there and was not read, as events.
  Chunk take_events(const Reader* reader);

  /// Ends the stream. What was not read is dropped, unless all answers are there and a connection reads them.
  void close();

  /// Bytes kept for a client that may come back; 0: it cannot. Absent while a request runs or a connection reads.
  [[nodiscard]] std::optional<std::size_t> bytes_at_rest() const;

  [[nodiscard]] bool takes_events() const { return options_.takes_events; }

  /// True for answers: the stream is over when its requests are.
  [[nodiscard]] bool ends_by_itself() const { return options_.requests > 0; }

  [[nodiscard]] const std::string& key() const { return options_.key; }

 private:
  struct Event {
    std::uint64_t number;
    std::string text;
    jsonrpc::Outgoing::Kind kind;
    int http_status;
  };

  [[nodiscard]] std::string event_id(std::uint64_t number) const;

  // With mutex_ held.
  [[nodiscard]] bool nothing_follows() const { return is_closed_ || (ends_by_itself() && open_ == 0); }

  [[nodiscard]] bool is_at_rest() const { return nothing_follows() && !reader_; }

  /// The reader to wake; nullptr when none needs to be.
  std::shared_ptr<Reader> append(jsonrpc::Outgoing message);

  void stream_large_batch();
  void make_room();
  void drop_first();
  void drop_all();

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
  bool is_cut_ = false;                                    // closed while requests were running
  bool is_overrun_ = false;                                // closed because more came than is kept
  std::optional<std::chrono::milliseconds> release_ = {};  // the connection is to be let go
};

}  // namespace apmcp::transport

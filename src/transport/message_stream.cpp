#include "transport/message_stream.h"

#include <utility>

#include "base/redact.h"
#include "transport/sse_format.h"

namespace apmcp::transport {
namespace {

using Kind = jsonrpc::Outgoing::Kind;

/// What clients wait before they come back on their own account.
constexpr std::chrono::milliseconds kUsualRetry{1000};

template <typename Reader>
void wake(const std::shared_ptr<Reader>& reader) {
  if (reader) reader->wake.signal();
}

}  // namespace

std::string MessageStream::event_id(std::uint64_t number) const {
  return options_.key.empty() ? std::string() : options_.key + "-" + std::to_string(number);
}

void MessageStream::send(jsonrpc::Outgoing message) {
  if (message.kind != Kind::kResponse && !options_.takes_events) return;
  message.text = scrub_keys(std::move(message.text));
  std::shared_ptr<Reader> reader;
  {
    const std::lock_guard lock(mutex_);
    reader = append(std::move(message));
  }
  wake(reader);
}

bool MessageStream::send_if_read(jsonrpc::Outgoing& message) {
  message.text = scrub_keys(std::move(message.text));
  std::shared_ptr<Reader> reader;
  {
    const std::lock_guard lock(mutex_);
    if (!reader_ || is_closed_) return false;
    reader = append(std::move(message));
  }
  wake(reader);
  return true;
}

std::shared_ptr<MessageStream::Reader> MessageStream::append(jsonrpc::Outgoing message) {
  if (is_closed_) return nullptr;
  const bool is_response = message.kind == Kind::kResponse;
  if (!is_response) must_stream_ = true;
  bytes_ += message.text.size();
  events_.push_back({.number = ++last_number_,
                     .text = std::move(message.text),
                     .kind = message.kind,
                     .http_status = message.http_status});
  stream_large_batch();
  make_room();
  // A response is followed by request_over(), which wakes; alone it decides nothing.
  return !is_response || must_stream_ || !ends_by_itself() ? reader_ : nullptr;
}

void MessageStream::stream_large_batch() {
  constexpr std::size_t kLargeShare = 4;  // leaves room for what comes before a connection has begun to write
  if (open_ > 1 && options_.takes_events && bytes_ > options_.max_bytes / kLargeShare) must_stream_ = true;
}

void MessageStream::make_room() {
  while (bytes_ > options_.max_bytes && events_.size() > 1) {
    const bool was_read = events_.front().number <= read_number_;
    if (!was_read && (options_.key.empty() || !options_.takes_events)) {  // no client can come back for the rest
      is_closed_ = is_overrun_ = true;
      must_stream_ = true;  // which wakes the reader: half of a batch is not an answer
      return drop_all();
    }
    if (!was_read) {
      read_number_ = events_.front().number;
      if (auto slow = std::exchange(reader_, nullptr)) slow->wake.signal();
    }
    drop_first();
  }
}

void MessageStream::drop_first() {
  bytes_ -= events_.front().text.size();
  events_.pop_front();
}

void MessageStream::drop_all() {
  events_.clear();
  bytes_ = 0;
}

void MessageStream::request_over() {
  std::shared_ptr<Reader> reader;
  bool came_to_rest = false;
  {
    const std::lock_guard lock(mutex_);
    if (open_ > 0) --open_;
    if (open_ == 0) reader = reader_;
    came_to_rest = is_at_rest();
  }
  wake(reader);
  if (came_to_rest && options_.at_rest) options_.at_rest();
}

void MessageStream::release_connection(std::chrono::milliseconds retry) {
  std::shared_ptr<Reader> reader;
  {
    const std::lock_guard lock(mutex_);
    if (!options_.has_priming_event || !options_.takes_events) return;
    release_ = retry;
    must_stream_ = true;
    reader = reader_;
  }
  wake(reader);
}

std::shared_ptr<MessageStream::Reader> MessageStream::attach() {
  auto reader = std::make_shared<Reader>();
  std::shared_ptr<Reader> before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(reader_, reader);
  }
  wake(before);
  return reader;
}

std::shared_ptr<MessageStream::Reader> MessageStream::attach_if_free() {
  auto reader = std::make_shared<Reader>();
  const std::lock_guard lock(mutex_);
  if (reader_ || is_closed_) return nullptr;
  return reader_ = std::move(reader);
}

std::shared_ptr<MessageStream::Reader> MessageStream::attach_behind(std::uint64_t number) {
  auto reader = std::make_shared<Reader>();
  std::shared_ptr<Reader> before;
  {
    const std::lock_guard lock(mutex_);
    // A client that is given an empty stream would come back for ever, e.g. for a request that was cancelled.
    if (number > last_number_ || is_closed_ || (number == last_number_ && nothing_follows())) return nullptr;
    while (!events_.empty() && events_.front().number <= number) drop_first();
    read_number_ = number;
    release_.reset();
    before = std::exchange(reader_, reader);
  }
  wake(before);
  return reader;
}

void MessageStream::detach(const Reader* reader) {
  bool came_to_rest = false;
  {
    const std::lock_guard lock(mutex_);
    if (reader_.get() == reader) reader_.reset();
    came_to_rest = is_at_rest();
  }
  if (came_to_rest && options_.at_rest) options_.at_rest();
}

MessageStream::Answer MessageStream::take_answer(const Reader* reader, bool is_batch) {
  const std::lock_guard lock(mutex_);
  if (is_overrun_) return {.shape = options_.takes_events ? Shape::kEvents : Shape::kTooLarge};
  if (is_closed_ && (is_cut_ || events_.empty())) return {.shape = Shape::kClosed};
  if (must_stream_) return {.shape = Shape::kEvents};
  if (reader_.get() != reader) return {.shape = Shape::kReplaced};
  if (open_ > 0) return {.shape = Shape::kUndecided};
  if (events_.empty()) return {.shape = options_.takes_events ? Shape::kEvents : Shape::kNothing};
  if (!options_.takes_json) return {.shape = Shape::kEvents};
  Answer answer{.shape = Shape::kJson};
  if (!is_batch) {
    answer.http_status = events_.front().http_status;
    answer.body = std::move(events_.front().text);
  } else {
    for (const Event& event : events_) answer.body.append(answer.body.empty() ? "[" : ",").append(event.text);
    answer.body += ']';
  }
  is_closed_ = true;
  drop_all();
  return answer;
}

MessageStream::Chunk MessageStream::take_events(const Reader* reader) {
  const std::lock_guard lock(mutex_);
  if (reader_.get() != reader) return {.is_last = true, .is_broken = true};
  if (is_closed_ && events_.empty()) return {.is_last = true, .is_broken = is_overrun_ || is_cut_};
  Chunk chunk;
  if (options_.has_priming_event && !is_primed_) {
    chunk.bytes = sse_priming(event_id(0), release_.value_or(kUsualRetry));
  } else if (release_) {
    chunk.bytes = sse_retry(*release_);
  }
  is_primed_ = true;
  for (const Event& event : events_) {
    if (event.number > read_number_) chunk.bytes += sse_message(event_id(event.number), event.text);
  }
  read_number_ = last_number_;
  if (options_.key.empty()) drop_all();
  chunk.is_last = release_.has_value() || nothing_follows();
  release_.reset();
  return chunk;
}

void MessageStream::close() {
  std::shared_ptr<Reader> reader;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return;
    is_closed_ = true;
    is_cut_ = open_ > 0;
    if (is_cut_ || !reader_) drop_all();
    reader = reader_;
  }
  wake(reader);
}

std::optional<std::size_t> MessageStream::bytes_at_rest() const {
  const std::lock_guard lock(mutex_);
  return is_at_rest() ? std::optional(bytes_) : std::nullopt;
}

}  // namespace apmcp::transport

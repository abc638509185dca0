#include "transport/event_store.h"

#include <algorithm>
#include <utility>

#include "base/http_syntax.h"

namespace apmcp::transport {
namespace {

constexpr std::size_t kMaxAtRest = 32;
constexpr std::size_t kMaxAtRestBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxAnswers = 128 + kMaxAtRest;
constexpr std::size_t kMaxListening = 8;
constexpr std::size_t kListeningBytes = std::size_t{256} << 10;

/// An event id is the stream's key, a dash, and the event's number. A key is one of these letters and a number.
constexpr char kAnswer = 'p';
constexpr char kListening = 'g';

std::string make_key(char kind, std::uint64_t number) {
  return kind + std::to_string(number);
}

std::shared_ptr<MessageStream> make_listening(std::uint64_t number) {
  return std::make_shared<MessageStream>(
      MessageStream::Options{.key = make_key(kListening, number), .max_bytes = kListeningBytes});
}

struct EventId {
  char kind;
  std::uint64_t stream;
  std::uint64_t event;
};

std::optional<EventId> parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto stream = parse_digits(text.substr(1, dash - 1), 10);
  const auto event = parse_digits(text.substr(dash + 1), 10);
  if (!stream || !event) return std::nullopt;
  return EventId{.kind = text.front(), .stream = *stream, .event = *event};
}

}  // namespace

EventStore::EventStore() : listening_{make_listening(1)} {}

EventStore::Outcome EventStore::open(MessageStream::Options options) {
  options.at_rest = [weak = weak_from_this()] {
    if (const auto store = weak.lock()) store->evict();
  };
  const std::lock_guard lock(mutex_);
  if (is_closed_) return Refusal::kClosed;
  if (answers_.size() >= kMaxAnswers) return Refusal::kTooMany;
  options.key = make_key(kAnswer, next_);
  auto stream = std::make_shared<MessageStream>(std::move(options));
  answers_.emplace(next_++, stream);
  auto reader = stream->attach();
  return Attached{.stream = std::move(stream), .reader = std::move(reader)};
}

EventStore::Outcome EventStore::listen() {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return Refusal::kClosed;
  for (auto at = listening_.begin(); at != listening_.end(); ++at) {
    auto reader = (*at)->attach_if_free();
    if (!reader) continue;
    std::rotate(listening_.begin(), at, at + 1);
    return Attached{.stream = listening_.front(), .reader = std::move(reader)};
  }
  if (listening_.size() >= kMaxListening) return Refusal::kTooMany;
  listening_.insert(listening_.begin(), make_listening(listening_.size() + 1));
  return Attached{.stream = listening_.front(), .reader = listening_.front()->attach()};
}

EventStore::Outcome EventStore::resume(std::string_view last_event_id) {
  const auto id = parse(last_event_id);
  const std::lock_guard lock(mutex_);
  if (is_closed_) return Refusal::kClosed;
  std::shared_ptr<MessageStream> stream;
  if (id && id->kind == kAnswer) {
    const auto found = answers_.find(id->stream);
    if (found != answers_.end()) stream = found->second;
  } else if (id && id->kind == kListening) {
    const auto found =
        std::find_if(listening_.begin(), listening_.end(),
                     [key = make_key(kListening, id->stream)](const auto& one) { return one->key() == key; });
    if (found != listening_.end()) stream = *found;
  }
  auto reader = stream ? stream->attach_behind(id->event) : nullptr;
  if (!reader) return Refusal::kUnknownEvent;
  const auto joined = std::find(listening_.begin(), listening_.end(), stream);
  if (joined != listening_.end()) std::rotate(listening_.begin(), joined, joined + 1);
  return Attached{.stream = std::move(stream), .reader = std::move(reader)};
}

void EventStore::send(jsonrpc::Outgoing message) {
  const std::lock_guard lock(mutex_);
  for (const auto& stream : listening_) {
    if (stream->send_if_read(message)) return;
  }
  listening_.front()->send(std::move(message));
}

void EventStore::evict() {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (auto at = answers_.end(); at != answers_.begin();) {
    --at;
    const auto kept = at->second->bytes_at_rest();
    if (!kept) continue;
    if (*kept > 0) ++count;
    bytes += *kept;
    if (*kept == 0 || count > kMaxAtRest || (count > 1 && bytes > kMaxAtRestBytes)) at = answers_.erase(at);
  }
}

bool EventStore::is_busy() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(answers_.begin(), answers_.end(),
                     [](const auto& entry) { return !entry.second->bytes_at_rest(); });
}

bool EventStore::was_used() const {
  const std::lock_guard lock(mutex_);
  return next_ > 1;
}

void EventStore::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  for (auto& [number, stream] : answers_) stream->close();
  for (const auto& stream : listening_) stream->close();
}

}  // namespace apmcp::transport

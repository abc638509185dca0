#include "transport/event_store.h"

#include <algorithm>
#include <utility>

#include "base/http_syntax.h"

namespace apmcp::transport {
namespace {

constexpr std::ptrdiff_t kMaxRunning = 64;
constexpr std::size_t kMaxOver = 32;
constexpr std::size_t kMaxOverBytes = std::size_t{1} << 20;
constexpr std::string_view kKeyPrefix = "p";

}  // namespace

std::shared_ptr<MessageStream> EventStore::open(MessageStream::Options options) {
  options.at_rest = [weak = weak_from_this()] {
    if (const auto store = weak.lock()) store->evict();
  };
  const std::lock_guard lock(mutex_);
  const auto running =
      std::count_if(streams_.begin(), streams_.end(), [](const auto& entry) { return !entry.second->is_over(); });
  if (running >= kMaxRunning) return nullptr;
  options.key = std::string(kKeyPrefix) + std::to_string(next_);
  auto stream = std::make_shared<MessageStream>(std::move(options));
  streams_.emplace(next_++, stream);
  return stream;
}

void EventStore::evict() {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (auto at = streams_.end(); at != streams_.begin();) {
    --at;
    if (!at->second->is_over() || at->second->has_reader()) continue;
    ++count;
    bytes += at->second->kept_bytes();
    if (count > kMaxOver || (count > 1 && bytes > kMaxOverBytes)) at = streams_.erase(at);
  }
}

void EventStore::forget(const MessageStream& stream) {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [&](const auto& entry) { return entry.second.get() == &stream; });
}

std::shared_ptr<MessageStream> EventStore::find(std::string_view key) const {
  if (!key.starts_with(kKeyPrefix)) return nullptr;
  const auto number = parse_digits(key.substr(kKeyPrefix.size()), 10);
  if (!number) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(*number);
  return found == streams_.end() ? nullptr : found->second;
}

bool EventStore::is_busy() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(streams_.begin(), streams_.end(),
                     [](const auto& entry) { return !entry.second->is_over() || entry.second->has_reader(); });
}

void EventStore::close_all() {
  const std::lock_guard lock(mutex_);
  for (auto& [number, stream] : streams_) stream->close();
}

std::optional<EventStore::EventId> EventStore::parse(std::string_view event_id) {
  const std::size_t dash = event_id.find('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto number = parse_digits(event_id.substr(dash + 1), 10);
  if (!number) return std::nullopt;
  return EventId{.key = std::string(event_id.substr(0, dash)), .number = *number};
}

}  // namespace apmcp::transport

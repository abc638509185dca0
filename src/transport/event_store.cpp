#include "transport/event_store.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace apmcp::transport {
namespace {

constexpr std::ptrdiff_t kMaxRunning = 64;
constexpr std::size_t kMaxOver = 32;
constexpr std::size_t kMaxOverBytes = std::size_t{1} << 20;
constexpr std::string_view kKeyPrefix = "p";

/// Decimal digits and nothing else.
std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::shared_ptr<MessageStream> EventStore::open(MessageStream::Options options) {
  const std::lock_guard lock(mutex_);
  evict();
  const auto running =
      std::count_if(streams_.begin(), streams_.end(), [](const auto& entry) { return !entry.second->is_over(); });
  if (running >= kMaxRunning) return nullptr;
  options.key = std::string(kKeyPrefix) + std::to_string(next_);
  auto stream = std::make_shared<MessageStream>(std::move(options));
  streams_.emplace(next_++, stream);
  return stream;
}

void EventStore::evict() {
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (auto at = streams_.end(); at != streams_.begin();) {
    --at;
    if (!at->second->is_over()) continue;
    ++count;
    bytes += at->second->kept_bytes();
    if ((count > kMaxOver || bytes > kMaxOverBytes) && !at->second->has_reader()) at = streams_.erase(at);
  }
}

void EventStore::forget(const MessageStream& stream) {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [&](const auto& entry) { return entry.second.get() == &stream; });
}

std::shared_ptr<MessageStream> EventStore::find(std::string_view key) const {
  if (!key.starts_with(kKeyPrefix)) return nullptr;
  const auto number = read_number(key.substr(kKeyPrefix.size()));
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
  const auto number = read_number(event_id.substr(dash + 1));
  if (!number) return std::nullopt;
  return EventId{.key = std::string(event_id.substr(0, dash)), .number = *number};
}

}  // namespace apmcp::transport

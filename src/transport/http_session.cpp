#include "transport/http_session.h"

#include <utility>

namespace apmcp::transport {
namespace {

/// In event ids; answers have other keys, see EventStore.
constexpr const char* kStandaloneKey = "g";

}  // namespace

HttpSession::HttpSession(std::string id, Kind kind, Caller caller, const mcp::McpServer& server, Executor& executor)
    : id_(std::move(id)),
      kind_(kind),
      caller_(caller.name),
      standalone_(std::make_shared<MessageStream>(
          MessageStream::Options{.key = kind == Kind::kStreamable ? kStandaloneKey : ""})),
      mcp_(mcp::Session::create(server, executor, standalone_,
                                {.caller = std::move(caller.name), .caller_key = std::move(caller.key)})) {}

bool HttpSession::receive(jsonrpc::Decoded decoded, const std::shared_ptr<jsonrpc::MessageSink>& reply) {
  const std::lock_guard lock(receiving_);
  if (is_ended_) return false;
  mcp_->receive(std::move(decoded), reply, nullptr);
  return true;
}

std::optional<HttpSession::Resumed> HttpSession::resume(std::string_view last_event_id) {
  const auto event = EventStore::parse(last_event_id);
  if (!event) return std::nullopt;
  auto stream = event->key == kStandaloneKey ? standalone_ : answers_->find(event->key);
  auto reader = stream ? stream->attach_behind(event->number) : nullptr;
  if (!reader) return std::nullopt;
  return Resumed{.stream = std::move(stream), .reader = std::move(reader)};
}

void HttpSession::end() {
  {
    // Whoever found the session a moment ago has started its request by now, or never will.
    const std::lock_guard lock(receiving_);
    is_ended_ = true;
  }
  mcp_->cancel_all();
  answers_->close_all();
  standalone_->close();
}

}  // namespace apmcp::transport

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

void HttpSession::receive(jsonrpc::Decoded decoded, const std::shared_ptr<jsonrpc::MessageSink>& reply) {
  const std::lock_guard lock(receiving_);
  mcp_->receive(std::move(decoded), reply, nullptr);
}

std::shared_ptr<MessageStream> HttpSession::resume(std::string_view last_event_id) {
  const auto event = EventStore::parse(last_event_id);
  if (!event) return nullptr;
  auto stream = event->key == kStandaloneKey ? standalone_ : answers_.find(event->key);
  return stream && stream->rewind(event->number) ? stream : nullptr;
}

void HttpSession::end() {
  mcp_->cancel_all();
  answers_.close_all();
  standalone_->close();
}

}  // namespace apmcp::transport

#include "transport/http_session.h"

#include <utility>

namespace apmcp::transport {

HttpSession::HttpSession(std::string id, Kind kind, Caller caller, const mcp::McpServer& server, Executor& executor)
    : id_(std::move(id)),
      kind_(kind),
      caller_(caller.name),
      sse_stream_(kind == Kind::kSse ? std::make_shared<MessageStream>(MessageStream::Options{}) : nullptr),
      sink_(kind == Kind::kSse ? std::shared_ptr<jsonrpc::MessageSink>(sse_stream_) : streams_),
      mcp_(mcp::Session::create(server, executor, sink_,
                                {.caller = std::move(caller.name),
                                 .caller_key = std::move(caller.key),
                                 .share = std::make_shared<Executor::Share>(kMaxRunning)})) {}

bool HttpSession::receive(jsonrpc::Decoded decoded, const std::shared_ptr<jsonrpc::MessageSink>& reply) {
  const std::lock_guard lock(receiving_);
  if (is_ended_) return false;
  mcp_->receive(std::move(decoded), reply, nullptr);
  return true;
}

void HttpSession::end() {
  {
    // A thread that found the session a moment ago has started its request by now, or never will.
    const std::lock_guard lock(receiving_);
    is_ended_ = true;
  }
  // Before the requests: a stream that they leave without an answer is cut, and does not look complete.
  streams_->close();
  if (sse_stream_) sse_stream_->close();
  mcp_->cancel_all();
}

}  // namespace apmcp::transport

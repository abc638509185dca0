#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "base/executor.h"
#include "jsonrpc/codec.h"
#include "mcp/in_flight.h"
#include "mcp/server.h"

namespace apmcp::mcp {

/// One connection: takes messages in, decides for each which revision's rules hold, and sees to it that every request
/// gets one answer, or none when it was cancelled. Serves the handshake revisions and the stateless one at once.
///
/// receive() is called by one thread at a time, in the order of arrival. It never runs a tool itself: quick methods and
/// notifications are done before it returns, everything else goes to the executor. Answers come from any thread.
class Session {
 public:
  /// All three outlive the session; `sink` takes every message of this connection.
  Session(const McpServer& server, Executor& executor, std::shared_ptr<jsonrpc::MessageSink> sink);

  /// Only after drain() returned true, or while no request is running.
  ~Session() = default;

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// One message, or a batch where the revision has it.
  void receive(std::string_view text);

  /// A text that could not be read as a line at all, e.g. because it was too long.
  void refuse(const jsonrpc::Undecodable& what);

  /// Waits for running requests up to `grace`, then cancels them and waits until they have noticed, 2 seconds at most.
  /// False when one has not: a write that left and was not answered. Then neither the session nor what it uses may be
  /// destroyed.
  bool drain(std::chrono::milliseconds grace);

 private:
  struct Job;

  void receive_item(std::variant<jsonrpc::Message, jsonrpc::Undecodable> item, bool in_batch);
  void receive_request(jsonrpc::Request request, bool in_batch);
  void receive_notification(const jsonrpc::Notification& notification);
  [[nodiscard]] bool takes_batch(const jsonrpc::Decoded& decoded) const;

  /// Which method is meant and under which rules, or why it may not be called now.
  Result<RequestContext> admit(const jsonrpc::Request& request, bool in_batch, const McpServer::Method*& method) const;

  void run(Job& job);
  void answer_error(const jsonrpc::Id& id, const Error& error);

  const McpServer& server_;
  Executor& executor_;
  const std::shared_ptr<jsonrpc::MessageSink> sink_;
  Handshake handshake_;
  InFlight in_flight_;
};

}  // namespace apmcp::mcp

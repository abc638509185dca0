#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <variant>
#include <vector>

#include "agentphone_mcp/input.h"
#include "base/executor.h"
#include "jsonrpc/message.h"

namespace apmcp::mcp {

/// What one session asked its client for and waits to be answered: handshake revisions only, since 2026-07-28 sends
/// no request from server to client. Ids are of this session alone, never reused. Thread-safe.
class OutgoingRequests {
 public:
  /// `timeout` bounds the wait for all answers of one ask().
  OutgoingRequests(Executor& executor, std::chrono::milliseconds timeout) : executor_(executor), timeout_(timeout) {}

  /// Sends the questions through `sink`, the way of the request that causes them, and waits for all answers; the
  /// worker's place is lent meanwhile. After a failure the client is told to drop what is still open. kTimeout,
  /// kCancelled (`stop` fired), kInputRefused (an error, or no answer to the question).
  Result<std::vector<Json>> ask(std::span<const InputRequest> requests, jsonrpc::MessageSink& sink,
                                const std::stop_token& stop);

  /// Takes an answer of the client. False when nobody waits for it: unknown, late, or answered before.
  bool receive(jsonrpc::Response response);

 private:
  using Answer = std::optional<jsonrpc::Response>;  // absent: not yet

  Result<std::vector<Json>> await(std::span<const InputRequest> requests, std::int64_t first_id,
                                  const std::stop_token& stop);

  Executor& executor_;
  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::condition_variable_any answered_;
  std::map<std::int64_t, Answer> open_;  // guarded by mutex_
  std::int64_t next_id_ = 1;             // guarded by mutex_
};

/// ask() of a handshake revision's request.
class SessionInput final : public InputChannel {
 public:
  /// All outlive the request.
  SessionInput(OutgoingRequests& outgoing, jsonrpc::MessageSink& sink, std::stop_token stop)
      : outgoing_(outgoing), sink_(sink), stop_(std::move(stop)) {}

  /// Nobody but the asked client can answer, once, so every answer is proved.
  Result<std::vector<Json>> ask(std::span<const InputRequest> requests, AnswerProof /*proof*/) override {
    return outgoing_.ask(requests, sink_, stop_);
  }

 private:
  OutgoingRequests& outgoing_;
  jsonrpc::MessageSink& sink_;
  const std::stop_token stop_;
};

}  // namespace apmcp::mcp

#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "jsonrpc/message.h"

namespace apmcp::jsonrpc {

/// Gathers the responses to one batch and sends them as one array when its last request is over (JSON-RPC 2.0,
/// "Batch"). Notifications and requests pass through at once. Used by the threads that answer; thread-safe. Responses
/// of more than kMaxBytes together leave in several arrays.
class BatchReply final : public MessageSink {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

  /// `requests`: how often request_over() will be called.
  BatchReply(std::shared_ptr<MessageSink> sink, std::size_t requests) : sink_(std::move(sink)), open_(requests) {}

  void send(Outgoing message) override;

  [[nodiscard]] bool carries_requests() const override { return sink_->carries_requests(); }

  void request_over() override;

  void release_connection(std::chrono::milliseconds retry) override { sink_->release_connection(retry); }

  /// Sends what was gathered so far: at the end of a connection on which a request would not end.
  void flush();

 private:
  const std::shared_ptr<MessageSink> sink_;
  std::mutex mutex_;
  std::string responses_;  // guarded by mutex_; comma-separated
  std::size_t open_;       // guarded by mutex_
};

}  // namespace apmcp::jsonrpc

#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/result.h"
#include "jsonrpc/message.h"

namespace apmcp::test {

/// Keeps every message, and lets a test wait for the one it needs.
class RecordingSink final : public jsonrpc::MessageSink {
 public:
  void send(jsonrpc::Outgoing message) override {
    const std::lock_guard lock(mutex_);
    messages_.push_back(Json::parse(message.text));
    statuses_.push_back(message.http_status);
    changed_.notify_all();
  }

  /// The first message that answers `id`; waits for it.
  Json answer(const Json& id) {
    std::unique_lock lock(mutex_);
    const Json* found = nullptr;
    changed_.wait(lock, [&] { return (found = find(id)) != nullptr; });
    return *found;
  }

  /// The nth request or notification with this method, from 0; waits for it.
  Json sent(std::string_view method, std::size_t n = 0) {
    std::unique_lock lock(mutex_);
    const Json* found = nullptr;
    changed_.wait(lock, [&] { return (found = find_sent(method, n)) != nullptr; });
    return *found;
  }

  /// The HTTP status of the answer to `id`; waits for it.
  int status(const Json& id) {
    std::unique_lock lock(mutex_);
    const Json* found = nullptr;
    changed_.wait(lock, [&] { return (found = find(id)) != nullptr; });
    return statuses_[static_cast<std::size_t>(found - messages_.data())];
  }

  std::vector<Json> all() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  const Json* find(const Json& id) const {
    for (const Json& message : messages_) {
      if (message.contains("id") && message["id"] == id && !message.contains("method")) return &message;
    }
    return nullptr;
  }

  const Json* find_sent(std::string_view method, std::size_t n) const {
    for (const Json& message : messages_) {
      if (message.contains("method") && message["method"] == method && n-- == 0) return &message;
    }
    return nullptr;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Json> messages_;
  std::vector<int> statuses_;  // of messages_
};

}  // namespace apmcp::test

#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace apmcp::jsonrpc {

/// A bounded queue of framed messages in front of one stream. Whoever pushes into an idle outbox also writes it out,
/// so that an answer costs no thread switch; what others push meanwhile leaves with the next write. One writer at a
/// time, in the order of the pushes. Thread-safe.
class Outbox {
 public:
  /// Writes the whole text; false means that the peer is gone. Never called while the outbox' mutex is held.
  using Write = std::function<bool(std::string_view)>;

  /// `capacity` in bytes: a push that would exceed it waits for the writer. A single larger message still passes.
  Outbox(Write write, std::size_t capacity);

  /// Waits while full. False when the peer is gone; the message is dropped then.
  bool push(std::string_view framed);

  /// Waits until everything pushed so far was written, or the peer is gone.
  void flush();

  [[nodiscard]] bool is_broken() const;

 private:
  const Write write_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string pending_;    // guarded by mutex_
  bool writing_ = false;   // guarded by mutex_
  bool broken_ = false;    // guarded by mutex_
};

}  // namespace apmcp::jsonrpc

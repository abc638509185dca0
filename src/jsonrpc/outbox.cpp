#include "jsonrpc/outbox.h"

#include <utility>

namespace apmcp::jsonrpc {

Outbox::Outbox(Write write, std::size_t capacity) : write_(std::move(write)), capacity_(capacity) {}

bool Outbox::push(std::string_view framed) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return broken_ || !writing_ || pending_.size() + framed.size() <= capacity_ || pending_.empty();
  });
  if (broken_) return false;
  pending_ += framed;
  if (writing_) return true;

  writing_ = true;
  std::string batch;
  while (!pending_.empty() && !broken_) {
    batch.clear();
    std::swap(batch, pending_);
    lock.unlock();
    const bool alive = write_(batch);
    lock.lock();
    if (!alive) broken_ = true;
    changed_.notify_all();
  }
  writing_ = false;
  changed_.notify_all();
  return !broken_;
}

void Outbox::flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return broken_ || (!writing_ && pending_.empty()); });
}

bool Outbox::is_broken() const {
  const std::lock_guard lock(mutex_);
  return broken_;
}

}  // namespace apmcp::jsonrpc

#include "listener/connection_threads.h"

#include <memory>
#include <utility>

namespace apmcp::listener {

struct ConnectionThreads::Start {
  ConnectionThreads& owner;
  std::function<void()> work;
};

ConnectionThreads::~ConnectionThreads() {
  std::unique_lock lock(mutex_);
  finished_one_.wait(lock, [this] { return running_ == 0; });
  const auto last = std::exchange(finished_, std::nullopt);
  lock.unlock();
  if (last) ::pthread_join(*last, nullptr);
}

bool ConnectionThreads::start(std::function<void()> work) {
  if (!reserve()) return false;
  auto start = std::make_unique<Start>(Start{.owner = *this, .work = std::move(work)});
  if (launch(*start)) {
    static_cast<void>(start.release());  // the thread's from here on
    return true;
  }
  finish(std::nullopt);
  return false;
}

bool ConnectionThreads::launch(Start& start) {
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) != 0) return false;
  pthread_t thread{};
  const bool is_running = ::pthread_attr_setstacksize(&attributes, stack_size_) == 0 &&
                          ::pthread_create(&thread, &attributes, &ConnectionThreads::run, &start) == 0;
  ::pthread_attr_destroy(&attributes);
  return is_running;
}

void* ConnectionThreads::run(void* start) {
  std::unique_ptr<Start> own(static_cast<Start*>(start));
  ConnectionThreads& owner = own->owner;
  own->work();
  own.reset();  // what the work holds, the socket above all, goes before the thread counts as finished
  owner.finish(::pthread_self());
  return nullptr;
}

bool ConnectionThreads::reserve() {
  const std::lock_guard lock(mutex_);
  if (running_ >= limit_) return false;
  ++running_;
  return true;
}

void ConnectionThreads::finish(std::optional<pthread_t> thread) {
  std::optional<pthread_t> predecessor;
  {
    // Notified under the lock: after it, the owner may be gone.
    const std::lock_guard lock(mutex_);
    if (thread) predecessor = std::exchange(finished_, thread);
    --running_;
    finished_one_.notify_all();
  }
  if (predecessor) ::pthread_join(*predecessor, nullptr);
}

std::size_t ConnectionThreads::running() {
  const std::lock_guard lock(mutex_);
  return running_;
}

void ConnectionThreads::wait_for_place(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  finished_one_.wait_for(lock, limit, [this] { return running_ < limit_; });
}

bool ConnectionThreads::wait_idle(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return finished_one_.wait_for(lock, limit, [this] { return running_ == 0; });
}

}  // namespace apmcp::listener

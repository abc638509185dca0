#include "http/client_pool.h"

namespace apmcp::http {

ClientPool::Lease::~Lease() {
  if (home_ != nullptr && client_->is_reusable()) home_->give_back(std::move(client_));
}

ClientPool::Lease ClientPool::lease() {
  while (auto client = take_idle()) {
    if (client->is_quiet()) return {this, std::move(client)};
  }
  return {this, std::make_unique<GuardedClient>(shared_, true)};
}

std::unique_ptr<GuardedClient> ClientPool::take_idle() {
  const auto oldest = std::chrono::steady_clock::now() - idle_limit_;
  std::vector<Idle> expired;  // closed after the lock is gone
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  if (idle_.back().since < oldest) {
    expired.swap(idle_);
    return nullptr;
  }
  auto client = std::move(idle_.back().client);
  idle_.pop_back();
  return client;
}

void ClientPool::give_back(std::unique_ptr<GuardedClient> client) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < size_) idle_.push_back({std::move(client), std::chrono::steady_clock::now()});
}

}  // namespace apmcp::http

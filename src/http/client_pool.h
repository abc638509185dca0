#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "http/guarded_client.h"

namespace apmcp::http {

/// Keep-alive clients between two reads. Thread-safe. Idle connections are dropped when somebody looks, not by a timer:
/// until then they cost one descriptor each.
class ClientPool {
 public:
  /// A client for one call. Goes back by itself when its connection may be used again, and is destroyed otherwise.
  class Lease {
   public:
    Lease(ClientPool* home, std::unique_ptr<GuardedClient> client) : home_(home), client_(std::move(client)) {}

    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    GuardedClient& operator*() const { return *client_; }

    GuardedClient* operator->() const { return client_.get(); }

   private:
    ClientPool* home_;
    std::unique_ptr<GuardedClient> client_;
  };

  /// Keeps up to `size` idle clients, none longer than `idle_limit`.
  ClientPool(ClientShared shared, std::size_t size, std::chrono::milliseconds idle_limit)
      : shared_(std::move(shared)), size_(size), idle_limit_(idle_limit) {}

  /// For a read: the client used last, which is the one most likely alive, or a new one.
  Lease lease();

  /// For a write: a connection of its own, closed after the answer. Reuse would turn every connection that the peer
  /// closed meanwhile into a write of unknown outcome.
  Lease fresh() { return {nullptr, std::make_unique<GuardedClient>(shared_, false)}; }

 private:
  struct Idle {
    std::unique_ptr<GuardedClient> client;
    std::chrono::steady_clock::time_point since;
  };

  std::unique_ptr<GuardedClient> take_idle();
  void give_back(std::unique_ptr<GuardedClient> client);

  const ClientShared shared_;
  const std::size_t size_;
  const std::chrono::milliseconds idle_limit_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  // guarded by mutex_; longest idle first
};

}  // namespace apmcp::http

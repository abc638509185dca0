#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include "http/call_state.h"

namespace apmcp::http {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

/// What a lookup found; no addresses and a reason when it found none.
struct LookupResult {
  std::vector<Address> addresses;
  std::string problem;
};

/// Blocking name lookup. The seam for tests.
using Lookup = std::function<LookupResult(const std::string& host, int port)>;

/// getaddrinfo(3), TCP, both families. On glibc one name server is asked once for two seconds, so that a dead one
/// cannot hold up the end of the process for long.
LookupResult system_lookup(const std::string& host, int port);

/// "127.0.0.1" or "::1" as an address; nullopt for anything that is not an IP literal.
std::optional<Address> literal_address(const std::string& text, int port);

/// The addresses of one host. Literals and "localhost" cost nothing; a name is looked up on a thread of this object,
/// started on first use, so that no caller waits longer than it wants. Callers share one lookup and, for 30 s, its
/// result. Thread-safe. The destructor waits for a running lookup.
class Resolver {
 public:
  Resolver(std::string host, int port, Lookup lookup);

  /// Empty when the call failed: unknown name, no answer within 5 s, stop or deadline.
  std::vector<Address> resolve(CallState& call);

  /// The cached addresses did not work.
  void forget();

 private:
  void run(const std::stop_token& stop);
  std::vector<Address> wait_for_lookup(CallState& call, std::unique_lock<std::mutex>& lock);

  const std::string host_;
  const int port_;
  const Lookup lookup_;
  std::vector<Address> fixed_;

  std::mutex mutex_;
  std::condition_variable_any work_;
  std::condition_variable_any done_;
  bool wanted_ = false;                       // guarded by mutex_
  bool running_ = false;                      // guarded by mutex_
  std::uint64_t finished_ = 0;                // guarded by mutex_; lookups so far
  LookupResult latest_;                       // guarded by mutex_
  CallState::Clock::time_point fresh_until_;  // guarded by mutex_
  std::jthread thread_;                       // guarded by mutex_; last, so that it ends before the rest goes
};

}  // namespace apmcp::http

#include "http/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#ifdef __GLIBC__
#include <resolv.h>
#endif

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace apmcp::http {
namespace {

using std::chrono::seconds;

constexpr seconds kLookupLimit{5};
constexpr seconds kKeepFor{30};

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Address copy_address(const sockaddr* from, socklen_t length) {
  Address address;
  address.length = std::min<socklen_t>(length, sizeof address.storage);
  std::memcpy(&address.storage, from, address.length);
  return address;
}

}  // namespace

LookupResult system_lookup(const std::string& host, int port) {
#ifdef __GLIBC__
  thread_local const bool bounded = [] {
    if (::res_init() != 0) return false;
    _res.retrans = 2;
    _res.retry = 1;
    return true;
  }();
  static_cast<void>(bounded);
#endif
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failure != 0) return {.addresses = {}, .problem = ::gai_strerror(failure)};
  const std::unique_ptr<addrinfo, FreeAddresses> owner(found);
  LookupResult result;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    result.addresses.push_back(copy_address(entry->ai_addr, entry->ai_addrlen));
  }
  if (result.addresses.empty()) result.problem = "the name has no address";
  return result;
}

std::optional<Address> literal_address(const std::string& text, int port) {
  const auto net_port = htons(static_cast<std::uint16_t>(port));
  Address address;
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = net_port;
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.length = sizeof v4;
    return address;
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = net_port;
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.length = sizeof v6;
    return address;
  }
  return std::nullopt;
}

Resolver::Resolver(std::string host, int port, Lookup lookup)
    : host_(std::move(host)), port_(port), lookup_(std::move(lookup)) {
  // "localhost" is loopback by RFC 6761 whatever a name server says.
  const bool is_localhost = host_ == "localhost";
  for (const std::string& text : is_localhost ? std::vector<std::string>{"127.0.0.1", "::1"} : std::vector{host_}) {
    if (auto address = literal_address(text, port_)) fixed_.push_back(*address);
  }
}

std::vector<Address> Resolver::resolve(CallState& call) {
  if (!fixed_.empty()) return fixed_;
  std::unique_lock lock(mutex_);
  if (!latest_.addresses.empty() && CallState::Clock::now() < fresh_until_) return latest_.addresses;
  return wait_for_lookup(call, lock);
}

std::vector<Address> Resolver::wait_for_lookup(CallState& call, std::unique_lock<std::mutex>& lock) {
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  if (!running_) {
    wanted_ = true;
    work_.notify_one();
  }
  const auto limit = CallState::Clock::now() + kLookupLimit;
  const std::uint64_t before = finished_;
  const bool answered =
      done_.wait_until(lock, call.stop, std::min(call.deadline, limit), [&] { return finished_ != before; });
  if (answered && !latest_.addresses.empty()) return latest_.addresses;
  if (answered) {
    call.fail(Fault::kUnreachable, "name lookup failed: " + latest_.problem);
  } else if (call.stop.stop_requested()) {
    call.fail(Fault::kStopped, "cancelled");
  } else if (call.deadline <= limit) {
    call.fail(Fault::kDeadline, "name lookup took too long");
  } else {
    call.fail(Fault::kUnreachable, "name lookup gave no answer");
  }
  return {};
}

void Resolver::forget() {
  const std::lock_guard lock(mutex_);
  fresh_until_ = {};
}

void Resolver::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  // At the end of the process a lookup that is wanted but not begun is left undone.
  while (work_.wait(lock, stop, [this] { return wanted_; }) && !stop.stop_requested()) {
    wanted_ = false;
    running_ = true;
    lock.unlock();
    LookupResult result = lookup_(host_, port_);
    lock.lock();
    running_ = false;
    latest_ = std::move(result);
    fresh_until_ = CallState::Clock::now() + kKeepFor;
    ++finished_;
    done_.notify_all();
  }
}

}  // namespace apmcp::http

#include "support/fake_name.h"

#include <algorithm>
#include <condition_variable>
#include <dlfcn.h>
#include <mutex>
#include <netdb.h>
#include <utility>

namespace apmcp::test {
namespace {

struct Registry {
  std::mutex mutex;
  std::condition_variable finished;
  std::vector<std::pair<std::string, FakeName*>> fakes;
};

Registry& registry() {
  static auto* const all = new Registry;  // outlives the threads of libcurl
  return *all;
}

using GetAddressInfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

GetAddressInfo system_getaddrinfo() {
  static const auto found = reinterpret_cast<GetAddressInfo>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return found;
}

int look_up_loopback(const std::vector<int>& ports, const addrinfo* hints, addrinfo** result) {
  addrinfo** end = result;
  *end = nullptr;
  for (const int port : ports) {
    const int failure = system_getaddrinfo()("127.0.0.1", std::to_string(port).c_str(), hints, end);
    if (failure != 0) return failure;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return *result == nullptr ? EAI_NONAME : 0;
}

}  // namespace

FakeName::FakeName(std::string host, Lookup lookup) : host_(std::move(host)), lookup_(std::move(lookup)) {
  const std::lock_guard lock(registry().mutex);
  registry().fakes.emplace_back(host_, this);
}

FakeName::~FakeName() {
  std::unique_lock lock(registry().mutex);
  std::erase_if(registry().fakes, [this](const auto& entry) { return entry.second == this; });
  registry().finished.wait(lock, [this] { return running_ == 0; });
}

bool FakeName::answer(const std::string& host, std::vector<int>& ports) {
  std::unique_lock lock(registry().mutex);
  const auto& fakes = registry().fakes;
  const auto found = std::find_if(fakes.rbegin(), fakes.rend(), [&](const auto& entry) { return entry.first == host; });
  if (found == fakes.rend()) return false;
  FakeName* const fake = found->second;
  ++fake->running_;
  lock.unlock();
  ports = fake->lookup_();
  lock.lock();
  --fake->running_;
  registry().finished.notify_all();
  return true;
}

}  // namespace apmcp::test

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the names of <netdb.h> are reserved.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  std::vector<int> ports;
  if (host != nullptr && apmcp::test::FakeName::answer(host, ports)) {
    return apmcp::test::look_up_loopback(ports, hints, result);
  }
  return apmcp::test::system_getaddrinfo()(host, service, hints, result);
}

#include "http/dialer.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <system_error>
#include <utility>

namespace apmcp::http {
namespace {

using TimePoint = CallState::Clock::time_point;

constexpr std::chrono::milliseconds kBetweenAddresses{250};
constexpr std::chrono::seconds kConnectLimit{10};

platform::UniqueFd tcp_socket(int family) {
  platform::UniqueFd fd(::socket(family, SOCK_STREAM, IPPROTO_TCP));
  const bool is_private =
      fd.is_open() && ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(fd.get(), F_SETFL, O_NONBLOCK) == 0;
  if (!is_private) return {};
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

/// The connects under way for one call.
class Race {
 public:
  void start(const Address& address) {
    platform::UniqueFd fd = tcp_socket(address.storage.ss_family);
    const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
    const bool is_started = fd.is_open() && (::connect(fd.get(), target, address.length) == 0 || errno == EINPROGRESS);
    if (is_started) {
      running_.push_back(std::move(fd));
    } else {
      problem_ = errno;
    }
  }

  /// The first one that is connected; those that failed are dropped.
  platform::UniqueFd collect() {
    platform::UniqueFd winner;
    for (auto fd = running_.begin(); fd != running_.end() && !winner.is_open();) {
      int code = 0;
      socklen_t size = sizeof code;
      sockaddr_storage peer{};
      socklen_t length = sizeof peer;
      if (::getsockopt(fd->get(), SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
      if (code != 0) {
        problem_ = code;
        fd = running_.erase(fd);
      } else if (::getpeername(fd->get(), reinterpret_cast<sockaddr*>(&peer), &length) == 0) {
        winner = std::move(*fd);
      } else {
        ++fd;
      }
    }
    return winner;
  }

  [[nodiscard]] std::vector<curl_waitfd> watched() const {
    std::vector<curl_waitfd> list;
    for (const platform::UniqueFd& fd : running_)
      list.push_back({.fd = fd.get(), .events = CURL_WAIT_POLLOUT, .revents = 0});
    return list;
  }

  [[nodiscard]] bool is_idle() const { return running_.empty(); }

  [[nodiscard]] std::string problem() const { return std::generic_category().message(problem_); }

 private:
  std::vector<platform::UniqueFd> running_;
  int problem_ = 0;  ///< errno of the latest failure
};

}  // namespace

platform::UniqueFd dial(const std::vector<Address>& addresses, CallState& call, const WaitFor& wait) {
  call.phase = {.until = CallState::Clock::now() + kConnectLimit,
                .fault = Fault::kUnreachable,
                .detail = "no answer to the connection attempt"};
  Race race;
  auto next = addresses.begin();
  TimePoint next_start{};
  platform::UniqueFd winner;
  while (!winner.is_open()) {
    const TimePoint now = CallState::Clock::now();
    if (next != addresses.end() && (race.is_idle() || now >= next_start)) {
      race.start(*next++);
      next_start = now + kBetweenAddresses;
    } else if (race.is_idle()) {
      call.fail(Fault::kUnreachable, race.problem());
      break;
    } else {
      auto watched = race.watched();
      if (!wait(watched, next == addresses.end() ? TimePoint::max() : next_start)) break;
    }
    winner = race.collect();
  }
  call.phase = {};
  return winner;
}

}  // namespace apmcp::http

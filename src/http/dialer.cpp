#include "http/dialer.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "http/socket.h"

namespace apmcp::http {
namespace {

using TimePoint = CallState::Clock::time_point;

constexpr std::chrono::milliseconds kBetweenAddresses{250};
constexpr std::chrono::seconds kConnectLimit{10};

std::string describe(int code) {
  return std::generic_category().message(code);
}

/// The connects under way for one call.
class Race {
 public:
  Race(const std::vector<Address>& addresses, CallState& call) : addresses_(addresses), call_(call) {
    limit_ = std::min(call.deadline, CallState::Clock::now() + kConnectLimit);
  }

  platform::UniqueFd run() {
    while (!call_.failed() && !winner_.is_open()) {
      if (may_start()) {
        start_next();
      } else if (running_.empty()) {
        call_.fail(Fault::kUnreachable, problem_);
      } else {
        wait();
      }
    }
    return std::move(winner_);
  }

 private:
  [[nodiscard]] bool may_start() const {
    return next_ < addresses_.size() && (running_.empty() || CallState::Clock::now() >= next_start_);
  }

  void start_next() {
    const Address& address = addresses_[next_++];
    next_start_ = CallState::Clock::now() + kBetweenAddresses;
    platform::UniqueFd fd = open_tcp_socket(address.storage.ss_family);
    if (!fd.is_open()) {
      problem_ = "no socket: " + describe(errno);
      return;
    }
    const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(fd.get(), target, address.length) == 0) {
      winner_ = std::move(fd);
    } else if (errno == EINPROGRESS || errno == EINTR) {
      running_.push_back(std::move(fd));
    } else {
      problem_ = describe(errno);
    }
  }

  void wait() {
    std::vector<pollfd> watched{{.fd = call_.wake->descriptor(), .events = POLLIN, .revents = 0}};
    for (const platform::UniqueFd& fd : running_) watched.push_back({.fd = fd.get(), .events = POLLOUT, .revents = 0});
    const TimePoint until = next_ < addresses_.size() ? std::min(limit_, next_start_) : limit_;
    const int ready = ::poll(watched.data(), static_cast<nfds_t>(watched.size()), poll_timeout(until));
    if (ready > 0 && watched[0].revents != 0) {
      call_.fail(Fault::kStopped, "cancelled");
    } else if (ready > 0) {
      collect(watched);
    } else if (ready < 0 && errno != EINTR) {
      call_.fail(Fault::kLocal, "poll failed");
    } else if (CallState::Clock::now() >= limit_) {
      const bool is_deadline = limit_ == call_.deadline;
      call_.fail(is_deadline ? Fault::kDeadline : Fault::kUnreachable, "no answer to the connection attempt");
    }
  }

  void collect(const std::vector<pollfd>& watched) {
    for (std::size_t i = watched.size() - 1; i >= 1; --i) {
      if (watched[i].revents == 0) continue;
      platform::UniqueFd fd = std::move(running_[i - 1]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i - 1));
      int code = 0;
      socklen_t size = sizeof code;
      if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
      if (code == 0) {
        winner_ = std::move(fd);
      } else {
        problem_ = describe(code);
      }
    }
  }

  const std::vector<Address>& addresses_;
  CallState& call_;
  TimePoint limit_;
  TimePoint next_start_{};
  std::size_t next_ = 0;
  std::vector<platform::UniqueFd> running_;
  platform::UniqueFd winner_;
  std::string problem_ = "the host has no address";
};

}  // namespace

platform::UniqueFd dial(const std::vector<Address>& addresses, CallState& call) {
  if (call.failed()) return {};
  return Race(addresses, call).run();
}

}  // namespace apmcp::http

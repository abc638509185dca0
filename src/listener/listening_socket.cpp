#include "listener/listening_socket.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace apmcp::listener {
namespace {

/// A thousand clients that start together must not wait for their second SYN.
constexpr int kBacklog = 1024;
constexpr int kMaxUnsentInKernel = 128 << 10;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  int family = AF_UNSPEC;
};

template <typename Sockaddr>
Address address_of(const Sockaddr& sockaddr, int family) {
  Address address{.storage = {}, .size = sizeof sockaddr, .family = family};
  std::memcpy(&address.storage, &sockaddr, sizeof sockaddr);
  return address;
}

std::optional<Address> parse_address(const std::string& host, int port) {
  if (port < 0 || port > UINT16_MAX) return std::nullopt;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) return address_of(v4, AF_INET);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(static_cast<std::uint16_t>(port));
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) return address_of(v6, AF_INET6);
  return std::nullopt;
}

bool set_number(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

bool set_option(int fd, int level, int name) {
  return set_number(fd, level, name, 1);
}

/// A peer that vanished without a word is gone after a minute at most, whether anything is written to it or not;
/// otherwise its stream would keep its place for a quarter of an hour (RFC 9293, section 3.8.3).
void notice_lost_peers(int fd) {
  constexpr int kUntilAsked = 30;
  constexpr int kBetweenQuestions = 10;
  constexpr int kQuestions = 3;
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE);
#ifdef __APPLE__
  constexpr int kUntilGivenUp = 30;
  set_number(fd, IPPROTO_TCP, TCP_KEEPALIVE, kUntilAsked);
  set_number(fd, IPPROTO_TCP, TCP_RXT_CONNDROPTIME, kUntilGivenUp);
#else
  set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, kUntilAsked);
#endif
#ifdef TCP_USER_TIMEOUT
  constexpr int kUntilGivenUpMs = 30'000;
  set_number(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kUntilGivenUpMs);
#endif
  set_number(fd, IPPROTO_TCP, TCP_KEEPINTVL, kBetweenQuestions);
  set_number(fd, IPPROTO_TCP, TCP_KEEPCNT, kQuestions);
}

#ifndef __linux__
bool make_private(int fd) {
  return ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
         set_option(fd, SOL_SOCKET, SO_NOSIGPIPE);
}
#endif

platform::UniqueFd open_socket(int family) {
#ifdef __linux__
  return platform::UniqueFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
#else
  platform::UniqueFd fd(::socket(family, SOCK_STREAM, IPPROTO_TCP));
  if (fd.is_open() && !make_private(fd.get())) fd.reset();
  return fd;
#endif
}

int bound_port(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (storage.ss_family == AF_INET) {
    std::memcpy(&v4, &storage, sizeof v4);
    return ntohs(v4.sin_port);
  }
  std::memcpy(&v6, &storage, sizeof v6);
  return ntohs(v6.sin6_port);
}

/// SO_REUSEADDR lets a restarted server have its port back at once. Not SO_REUSEPORT, with which two servers would
/// share the connections of one port.
bool bind_and_listen(int fd, const Address& address) {
  set_option(fd, SOL_SOCKET, SO_REUSEADDR);
  if (address.family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0 &&
         ::listen(fd, kBacklog) == 0;
}

Error cannot_listen(const std::string& host, int port, const std::string& why) {
  return {.code = ErrorCode::kUpstreamDown,
          .message = "cannot listen on " + host + " port " + std::to_string(port) + ": " + why};
}

}  // namespace

Result<ListeningSocket> listen_on(const std::string& host, int port) {
  const auto address = parse_address(host, port);
  if (!address) return cannot_listen(host, port, "this is not an IP address and a port");
  ListeningSocket socket{.fd = open_socket(address->family), .port = port};
  if (!socket.fd.is_open() || !bind_and_listen(socket.fd.get(), *address)) {
    return cannot_listen(host, port, std::generic_category().message(errno));
  }
  socket.port = bound_port(socket.fd.get());
  return socket;
}

platform::UniqueFd accept_connection(int listening_fd) {
#ifdef __linux__
  platform::UniqueFd fd(::accept4(listening_fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
#else
  platform::UniqueFd fd(::accept(listening_fd, nullptr, nullptr));
  if (fd.is_open() && !make_private(fd.get())) fd.reset();
#endif
  if (fd.is_open()) {
    set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY);
    // What a slow reader has not taken stays with us, where it is counted (ConnectionTable), and not in the kernel.
    set_number(fd.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, kMaxUnsentInKernel);
    notice_lost_peers(fd.get());
  }
  return fd;
}

}  // namespace apmcp::listener

#include "http/socket.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

namespace apmcp::http {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;  // SO_NOSIGPIPE is set on the socket instead
#endif

#ifndef __linux__
bool make_private(int fd) {
  return ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}
#endif

int raw_tcp_socket(int family) {
#ifdef __linux__
  return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
#else
  UniqueFd fd(::socket(family, SOCK_STREAM, IPPROTO_TCP));
  if (!fd.is_open() || !make_private(fd.get())) return -1;
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
  return fd.release();
#endif
}

}  // namespace

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

UniqueFd open_tcp_socket(int family) {
  UniqueFd fd(raw_tcp_socket(family));
  if (!fd.is_open()) return fd;
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

ssize_t send_bytes(int fd, const char* data, std::size_t size) {
  ssize_t sent = 0;
  do {
    sent = ::send(fd, data, size, kSendFlags);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

ssize_t receive_bytes(int fd, char* data, std::size_t size) {
  ssize_t received = 0;
  do {
    received = ::recv(fd, data, size, 0);
  } while (received < 0 && errno == EINTR);
  return received;
}

bool is_silent(int fd) {
  char byte = 0;
  const ssize_t seen = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

WakeFd::WakeFd() {
#ifdef __linux__
  read_end_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
#else
  std::array<int, 2> ends{-1, -1};
  if (::pipe(ends.data()) != 0) return;
  read_end_.reset(ends[0]);
  write_end_.reset(ends[1]);
  if (!make_private(ends[0]) || !make_private(ends[1])) read_end_.reset();
#endif
}

void WakeFd::signal() noexcept {
  if (signalled_.exchange(true)) return;
  // eventfd wants eight bytes; a pipe takes any number.
  const std::uint64_t one = 1;
  const int target = write_end_.is_open() ? write_end_.get() : read_end_.get();
  ssize_t written = 0;
  do {
    written = ::write(target, &one, sizeof one);
  } while (written < 0 && errno == EINTR);
}

}  // namespace apmcp::http

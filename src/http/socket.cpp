#include "http/socket.h"

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

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
  platform::UniqueFd fd(::socket(family, SOCK_STREAM, IPPROTO_TCP));
  if (!fd.is_open() || !make_private(fd.get())) return -1;
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
  return fd.release();
#endif
}

}  // namespace

platform::UniqueFd open_tcp_socket(int family) {
  platform::UniqueFd fd(raw_tcp_socket(family));
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

}  // namespace apmcp::http

#include "support/http_fault_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

namespace apmcp::test {
namespace {

using std::chrono::milliseconds;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

platform::UniqueFd tcp_socket() {
  platform::UniqueFd fd(::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) throw std::runtime_error("no socket");
  return fd;
}

platform::UniqueFd bound_socket(int& port) {
  platform::UniqueFd fd = tcp_socket();
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (!bound) throw std::runtime_error("no loopback port");
  port = ntohs(address.sin_port);
  return fd;
}

/// OpenSSL's own BIO raises SIGPIPE on the thread that writes; the client under test must not need it ignored.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::size_t content_length(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : static_cast<std::size_t>(std::strtoul(head.c_str() + at + 16, nullptr, 10));
}

}  // namespace

FaultConnection::FaultConnection(FaultServer& server, platform::UniqueFd fd)
    : server_(server), fd_(std::move(fd)), ssl_(nullptr, SSL_free) {}

FaultConnection::~FaultConnection() {
  if (ssl_ && fd_.is_open()) SSL_shutdown(ssl_.get());
}

bool FaultConnection::wait(short events, std::optional<milliseconds> limit) {
  std::array<pollfd, 2> watched{{{.fd = server_.stop_.descriptor(), .events = POLLIN, .revents = 0},
                                 {.fd = fd_.get(), .events = events, .revents = 0}}};
  const int ready = ::poll(watched.data(), watched.size(), limit ? static_cast<int>(limit->count()) : -1);
  return ready > 0 && watched[0].revents == 0;
}

/// True when the OpenSSL call that gave `result` is worth repeating.
bool FaultConnection::tls_step(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return wait(POLLIN);
  if (error == SSL_ERROR_WANT_WRITE) return wait(POLLOUT);
  return false;
}

bool FaultConnection::ready() {
  if (!fd_.is_open()) return false;
  if (!server_.tls_ || ssl_) return true;
  ssl_.reset(SSL_new(server_.tls_.get()));
  SSL_set_fd(ssl_.get(), fd_.get());
  for (;;) {
    const int result = SSL_accept(ssl_.get());
    if (result == 1) {
      server_.resumptions_ += SSL_session_reused(ssl_.get());
      server_.early_data_ += SSL_get_early_data_status(ssl_.get()) != SSL_EARLY_DATA_NOT_SENT ? 1 : 0;
      return true;
    }
    if (!tls_step(result)) {
      fd_.reset();
      return false;
    }
  }
}

bool FaultConnection::read_more() {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto got = ssl_ ? SSL_read(ssl_.get(), buffer.data(), buffer.size())
                          : static_cast<int>(::recv(fd_.get(), buffer.data(), buffer.size(), 0));
    if (got > 0) {
      unread_.append(buffer.data(), static_cast<std::size_t>(got));
      server_.bytes_ += static_cast<std::size_t>(got);
      return true;
    }
    const bool repeat = ssl_ ? tls_step(got) : got < 0 && errno == EAGAIN && wait(POLLIN);
    if (!repeat) return false;
  }
}

std::string FaultConnection::read_head() {
  if (!ready()) return {};
  std::size_t end = std::string::npos;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return {};
  }
  std::string head = unread_.substr(0, end + 4);
  unread_.erase(0, end + 4);
  ++server_.requests_;
  const std::lock_guard lock(server_.mutex_);
  server_.last_request_ = head;
  return head;
}

std::string FaultConnection::read_request() {
  std::string request = read_head();
  const std::size_t length = content_length(request);
  while (!request.empty() && unread_.size() < length) {
    if (!read_more()) return {};
  }
  request += unread_.substr(0, length);
  unread_.erase(0, length);
  if (request.empty()) return {};
  const std::lock_guard lock(server_.mutex_);
  server_.last_request_ = request;
  return request;
}

bool FaultConnection::send(std::string_view bytes) {
  if (!ready()) return false;
  while (ssl_ && !bytes.empty()) {
    const int sent = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent <= 0 && !tls_step(sent)) return false;
  }
  return ssl_ ? true : send_raw(bytes);
}

bool FaultConnection::send_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), 0);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && (errno != EAGAIN || !wait(POLLOUT))) return false;
  }
  return true;
}

void FaultConnection::drip(std::string_view bytes, milliseconds apart) {
  for (const char byte : bytes) {
    if (!send({&byte, 1})) return;
    // Something to read means that the client closed or the server stops; the timeout is the pause.
    if (wait(POLLIN, apart) || server_.stop_.is_signalled()) return;
  }
}

void FaultConnection::wait_for_end() {
  while (fd_.is_open() && read_more()) unread_.clear();
}

void FaultConnection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
}

void FaultConnection::cut() {
  fd_.reset();
}

FaultServer::FaultServer(Script script, ServerTls tls) : script_(std::move(script)), tls_(std::move(tls)) {
  listener_ = bound_socket(port_);
  if (::listen(listener_.get(), 64) != 0) throw std::runtime_error("listen failed");
  acceptor_ = std::jthread([this] { accept_all(); });
}

FaultServer::~FaultServer() {
  stop_.signal();
  acceptor_.join();
  threads_.clear();
}

std::string FaultServer::last_request() const {
  const std::lock_guard lock(mutex_);
  return last_request_;
}

void FaultServer::accept_all() {
  std::array<pollfd, 2> watched{{{.fd = stop_.descriptor(), .events = POLLIN, .revents = 0},
                                 {.fd = listener_.get(), .events = POLLIN, .revents = 0}}};
  while (::poll(watched.data(), watched.size(), -1) > 0 && watched[0].revents == 0) {
    platform::UniqueFd fd(::accept(listener_.get(), nullptr, nullptr));
    if (!fd.is_open() || ::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) continue;
    ++connections_;
    threads_.emplace_back([this, taken = std::move(fd)]() mutable {
      block_sigpipe();
      FaultConnection connection(*this, std::move(taken));
      script_(connection);
    });
  }
}

BlackHole::BlackHole() {
  listener_ = bound_socket(port_);
  if (::listen(listener_.get(), 0) != 0) throw std::runtime_error("listen failed");
  const sockaddr_in target = loopback(port_);
  for (int i = 0; i < 8; ++i) {
    platform::UniqueFd& fd = fillers_.emplace_back(tcp_socket());
    ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&target), sizeof target);
    pollfd watched{.fd = fd.get(), .events = POLLOUT, .revents = 0};
    if (::poll(&watched, 1, 20) == 0) return;
  }
}

int closed_port() {
  int port = 0;
  const platform::UniqueFd fd = bound_socket(port);
  return port;
}

}  // namespace apmcp::test

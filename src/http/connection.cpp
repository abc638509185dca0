#include "http/connection.h"

#include <cerrno>
#include <poll.h>
#include <string>
#include <system_error>

#include <openssl/err.h>

#include "http/socket.h"

namespace apmcp::http {
namespace {

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

std::string broke_off(int code) {
  return "the connection broke off: " + std::generic_category().message(code);
}

}  // namespace

bool Connection::write_all(std::string_view data, CallState& call) {
  return ssl_ ? write_tls(data, call) : write_plain(data, call);
}

bool Connection::write_plain(std::string_view data, CallState& call) {
  while (!data.empty()) {
    call.bytes_sent += data.size();
    const ssize_t sent = send_bytes(fd_, data.data(), data.size());
    const std::size_t taken = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    call.bytes_sent -= data.size() - taken;
    data.remove_prefix(taken);
    if (sent >= 0) continue;
    if (!would_block()) {
      call.fail(Fault::kBroken, broke_off(errno));
      return false;
    }
    if (!wait_for(call, fd_, POLLOUT)) return false;
  }
  return true;
}

bool Connection::write_tls(std::string_view data, CallState& call) {
  // Bytes of a write that has to be repeated are counted already.
  std::size_t counted = 0;
  while (!data.empty()) {
    call.bytes_sent += data.size() - counted;
    counted = data.size();
    ERR_clear_error();
    std::size_t taken = 0;
    const int result = SSL_write_ex(ssl_.get(), data.data(), data.size(), &taken);
    if (result == 1) {
      data.remove_prefix(taken);
      counted = data.size();
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      call.fail(Fault::kBroken, "the TLS connection broke off");
      ERR_clear_error();
      return false;
    }
    if (!wait_for(call, fd_, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) return false;
  }
  return true;
}

std::ptrdiff_t Connection::read_some(char* data, std::size_t size, CallState& call) {
  return ssl_ ? read_tls(data, size, call) : read_plain(data, size, call);
}

std::ptrdiff_t Connection::read_plain(char* data, std::size_t size, CallState& call) {
  for (;;) {
    // An answer is never there yet when we ask, so waiting first saves a system call.
    if (!wait_for(call, fd_, POLLIN)) return -1;
    const ssize_t received = receive_bytes(fd_, data, size);
    if (received >= 0) return received;
    if (would_block()) continue;
    call.fail(Fault::kBroken, broke_off(errno));
    return -1;
  }
}

std::ptrdiff_t Connection::read_tls(char* data, std::size_t size, CallState& call) {
  for (;;) {
    if (SSL_has_pending(ssl_.get()) == 0 && !wait_for(call, fd_, POLLIN)) return -1;
    ERR_clear_error();
    std::size_t received = 0;
    const int result = SSL_read_ex(ssl_.get(), data, size, &received);
    if (result == 1) return static_cast<std::ptrdiff_t>(received);
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return tls_read_failed(error, call);
    if (!wait_for(call, fd_, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) return -1;
  }
}

std::ptrdiff_t Connection::tls_read_failed(int error, CallState& call) {
  const bool is_cut = error == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  call.fail(Fault::kBroken,
            is_cut ? "the TLS connection was cut without its closing message" : "the TLS connection broke off");
  ERR_clear_error();
  return -1;
}

bool Connection::is_quiet() {
  if (!ssl_) return is_silent(fd_);
  // Reading also takes in session tickets, which may come at any time and are no answer.
  ERR_clear_error();
  char byte = 0;
  std::size_t seen = 0;
  const int result = SSL_peek_ex(ssl_.get(), &byte, 1, &seen);
  const bool quiet = result != 1 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return quiet;
}

void Connection::end_tls(bool in_order) {
  if (ssl_ && in_order && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ssl_.reset();
}

}  // namespace apmcp::http

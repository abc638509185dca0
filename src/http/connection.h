#pragma once

#include <cstddef>
#include <string_view>

#include "http/call_state.h"
#include "http/tls.h"

namespace apmcp::http {

/// Bytes over one connected socket, plain or TLS, every wait within the call's limits. Does not own the socket: the
/// HTTP library closes it. Used by one thread at a time.
class Connection {
 public:
  Connection() = default;

  Connection(int fd, SslPtr ssl) : fd_(fd), ssl_(std::move(ssl)) {}

  /// Sends everything. False when the call failed; call.bytes_sent says how much may have left.
  bool write_all(std::string_view data, CallState& call);

  /// More than 0: bytes read. 0: the peer ended the stream in order. -1: the call failed; a TLS stream that ends
  /// without close_notify is such a failure, because anybody on the way can cut it.
  std::ptrdiff_t read_some(char* data, std::size_t size, CallState& call);

  /// Nothing unasked for has arrived and the peer has not closed: fit for another request.
  bool is_quiet();

  /// Tells a TLS peer that we are done, when `in_order`, and forgets the session. Never blocks.
  void end_tls(bool in_order);

 private:
  bool write_plain(std::string_view data, CallState& call);
  bool write_tls(std::string_view data, CallState& call);
  std::ptrdiff_t read_plain(char* data, std::size_t size, CallState& call);
  std::ptrdiff_t read_tls(char* data, std::size_t size, CallState& call);
  std::ptrdiff_t tls_read_failed(int error, CallState& call);

  int fd_ = -1;
  SslPtr ssl_;
};

}  // namespace apmcp::http

#pragma once

#include <ctime>
#include <string>

#include <httplib.h>

#include "platform/httplib_release.h"

// What differs for a server between releases of cpp-httplib, and nothing else.
namespace apmcp::listener::compat {

/// A Stream that only reads and writes. Nothing on the way of an answer asks the rest.
class StreamBase : public httplib::Stream {
 public:
  bool is_readable() const override { return true; }
#if AGENTPHONE_MCP_MODERN_HTTPLIB
  bool wait_readable() const override {
    return true;
  }

  bool wait_writable() const override {
    return true;
  }

  time_t duration() const override {
    return 0;
  }
#else
  bool is_writable() const override {
    return true;
  }
#endif
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}

  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}

  socket_t socket() const override {
    return INVALID_SOCKET;
  }
};

/// The library's server without its sockets and threads: answer() runs one request, read from a stream, through it.
class ServerBase : public httplib::Server {
 protected:
  ServerBase() {
    // Never touched: the library goes on with a streamed answer while its listening socket is not INVALID_SOCKET.
    svr_sock_ = socket_t{0};
  }

  /// False when the answer did not leave as a whole.
  bool answer(httplib::Stream& stream, bool closes) {
    bool is_closed = closes;
#if AGENTPHONE_MCP_MODERN_HTTPLIB
    return process_request(stream, {}, 0, {}, 0, closes, is_closed, nullptr);
#else
    return process_request(stream, closes, is_closed, nullptr);
#endif
  }
};

}  // namespace apmcp::listener::compat

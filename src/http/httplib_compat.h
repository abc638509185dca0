#pragma once

#include <ctime>
#include <functional>
#include <string>
#include <string_view>

#include <httplib.h>

#include "platform/httplib_release.h"

// What differs for a client between releases of cpp-httplib, and nothing else.

namespace apmcp::http::compat {

/// A Stream that only reads and writes. Nothing in the client's path asks the rest.
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

/// The library's client with its socket handling opened to a subclass: connect(), end_tls() and exchange() replace it.
/// is_ssl() stays false, because the library would otherwise cast itself to its own TLS client.
class ClientBase : public httplib::ClientImpl {
 public:
  using httplib::ClientImpl::ClientImpl;

 protected:
  /// A connected socket, which the library then owns and closes; INVALID_SOCKET when there is none.
  virtual socket_t connect() = 0;
  /// Called before the socket is closed.
  virtual void end_tls(bool in_order) = 0;
  /// Runs `converse` over the stream of the subclass.
  virtual bool exchange(const std::function<bool(httplib::Stream&)>& converse) = 0;

  /// No redirects, no compression, no proxy; the request's path goes out as it is.
  void configure() {
    set_follow_location(false);
    set_decompress(false);
    set_compress(false);
    keep_path(*this);
#ifdef CPPHTTPLIB_EXPECT_100_THRESHOLD
    // The library asks for "100 Continue" unless the request has an Expect field. Ours has one, dropped on the wire.
    header_writer_ = [](httplib::Stream& stream, httplib::Headers& headers) {
      headers.erase("Expect");
      return httplib::detail::write_headers(stream, headers);
    };
#endif
  }

  static void forbid_expect(httplib::Request& request) {
#ifdef CPPHTTPLIB_EXPECT_100_THRESHOLD
    request.set_header("Expect", "nothing");
#else
    static_cast<void>(request);
#endif
  }

 private:
  template <typename Client>
  static void keep_path(Client& client) {
    if constexpr (requires { client.set_path_encode(false); }) {
      client.set_path_encode(false);
    } else {
      client.set_url_encode(false);
    }
  }

  bool create_and_connect_socket(Socket& socket, httplib::Error& error) override {
    socket.sock = connect();
    if (socket.sock != INVALID_SOCKET) return true;
    error = httplib::Error::Connection;
    return false;
  }

  void shutdown_ssl(Socket& /*socket*/, bool shutdown_gracefully) override {
    end_tls(shutdown_gracefully);
  }

#if AGENTPHONE_MCP_MODERN_HTTPLIB
  bool process_socket(const Socket& /*socket*/, std::chrono::time_point<std::chrono::steady_clock> /*start*/,
                      std::function<bool(httplib::Stream&)> callback) override {
    return exchange(callback);
  }
#else
  bool process_socket(const Socket& /*socket*/, std::function<bool(httplib::Stream&)> callback) override {
    return exchange(callback);
  }
#endif
};

}  // namespace apmcp::http::compat

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <openssl/ssl.h>

#include "platform/unique_fd.h"
#include "platform/wake_event.h"
#include "support/http_certificates.h"

namespace apmcp::test {

class FaultServer;

/// One accepted connection in the hands of a script. With TLS the handshake happens at the first read_request() or
/// send(), so a script may misbehave before it. When the script returns, the connection is closed in order, unless it
/// was reset or cut.
class FaultConnection {
 public:
  FaultConnection(FaultServer& server, platform::UniqueFd fd);
  ~FaultConnection();
  FaultConnection(const FaultConnection&) = delete;
  FaultConnection& operator=(const FaultConnection&) = delete;

  /// Head and body (by Content-Length) of the next request; empty when the client went or the server stops.
  std::string read_request();

  /// Only the head: the body, if any, stays unread.
  std::string read_head();

  bool send(std::string_view bytes);

  /// Past TLS, straight onto the socket.
  bool send_raw(std::string_view bytes);

  /// One byte at a time until all are sent or the client went.
  void drip(std::string_view bytes, std::chrono::milliseconds apart);

  /// Until the client closes or the server stops.
  void wait_for_end();

  void reset();  ///< RST
  void cut();    ///< FIN, without TLS's closing message

 private:
  bool ready();
  bool wait(short events, std::optional<std::chrono::milliseconds> limit = std::nullopt);
  bool tls_step(int result);
  bool read_more();

  FaultServer& server_;
  platform::UniqueFd fd_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  std::string unread_;
};

/// A loopback server that treats every connection as its script says, each on a thread of its own. Counts what arrives,
/// so that tests can count effects at the far end.
class FaultServer {
 public:
  using Script = std::function<void(FaultConnection&)>;

  explicit FaultServer(Script script, ServerTls tls = nullptr);
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  [[nodiscard]] int port() const { return port_; }

  [[nodiscard]] int connections() const { return connections_; }

  [[nodiscard]] int requests() const { return requests_; }

  [[nodiscard]] std::size_t application_bytes() const { return bytes_; }

  /// TLS connections that took up an earlier session.
  [[nodiscard]] int resumptions() const { return resumptions_; }

  /// TLS connections that sent data before the handshake was over.
  [[nodiscard]] int early_data() const { return early_data_; }

  [[nodiscard]] std::string last_request() const;

 private:
  friend class FaultConnection;

  void accept_all();

  const Script script_;
  const ServerTls tls_;
  platform::UniqueFd listener_;
  int port_ = 0;
  platform::WakeEvent stop_;
  std::atomic<int> connections_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<std::size_t> bytes_ = 0;
  std::atomic<int> resumptions_ = 0;
  std::atomic<int> early_data_ = 0;
  mutable std::mutex mutex_;
  std::string last_request_;         // guarded by mutex_
  std::list<std::jthread> threads_;  // touched by the acceptor, and by the destructor after it
  std::jthread acceptor_;
};

/// A loopback port on which connection attempts get no answer: its queue is full. Linux only; on other systems such
/// attempts may be refused.
class BlackHole {
 public:
  BlackHole();

  [[nodiscard]] int port() const { return port_; }

 private:
  platform::UniqueFd listener_;
  int port_ = 0;
  std::list<platform::UniqueFd> fillers_;
};

/// A loopback port where nobody listens.
int closed_port();

}  // namespace apmcp::test

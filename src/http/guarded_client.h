#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/call_state.h"
#include "http/connection.h"
#include "http/http_transport.h"
#include "http/httplib_compat.h"
#include "http/origin.h"
#include "http/resolver.h"
#include "http/response_framer.h"
#include "http/tls.h"
#include "platform/wake_event.h"

namespace apmcp::http {

/// What all clients of one transport share; outlives them.
struct ClientShared {
  Origin origin;
  std::uint64_t max_body;
  Resolver& resolver;
  TlsContext& tls;
};

/// The guard around the HTTP library: it connects, encrypts and waits itself, within one deadline and a stop, counts
/// what leaves, sends a request in one write, and lets the library see only answers that the framer has checked. The
/// library is left with what it is good at: writing a request, and the order of an exchange. One call at a time.
class GuardedClient final : private compat::ClientBase {
 public:
  /// `keeps_alive`: ask for a connection that outlasts the answer.
  GuardedClient(ClientShared shared, bool keeps_alive);
  ~GuardedClient() override;
  GuardedClient(const GuardedClient&) = delete;
  GuardedClient& operator=(const GuardedClient&) = delete;

  /// Where a streamed answer goes, and how long it may be silent.
  struct Streaming {
    const BodySink& on_bytes;
    std::chrono::milliseconds idle_limit;
  };

  /// Sends `request` and reads the whole answer; nullopt when `call` failed. Throws nothing.
  /// `call.wake` must be the one of this client, wake(). With `streaming` the body of a 2xx is handed on as it comes.
  std::optional<HttpResponse> run(const HttpRequest& request, CallState& call, const Streaming* streaming = nullptr);

  platform::WakeEvent& wake() { return wake_; }

  /// The last call used a connection that an earlier one had opened.
  [[nodiscard]] bool reused_connection() const { return !dialed_; }

  /// Fit for another call: nobody cancelled, the last answer was whole, and the peer lets the connection stand.
  [[nodiscard]] bool is_reusable() const;

  /// Nothing came over the idle connection. To be asked before it is used again.
  bool is_quiet() { return connection_.is_quiet(); }

 private:
  class GuardStream;

  socket_t connect() override;

  void end_tls(bool in_order) override { connection_.end_tls(in_order); }

  bool exchange(const std::function<bool(httplib::Stream&)>& converse) override;

  httplib::Request library_request(const HttpRequest& request);
  bool take_piece(std::string_view piece, std::string& body);
  bool flush();
  ResponseFramer::Progress advance();

  const ClientShared shared_;
  const bool keeps_alive_;
  httplib::Headers headers_;  ///< those that every request has
  platform::WakeEvent wake_;
  Connection connection_;
  CallState* call_ = nullptr;             ///< of the run() in progress
  const Streaming* streaming_ = nullptr;  ///< of the run() in progress; null: it collects
  bool had_enough_ = false;               ///< on_bytes said so
  std::optional<ResponseFramer> framer_;  ///< of the last answer
  std::string outgoing_;                  ///< request not sent yet
  std::array<char, std::size_t{16} << 10> incoming_{};
  std::string_view unread_;  ///< part of incoming_ that the framer has not consumed
  bool dialed_ = false;
};

}  // namespace apmcp::http

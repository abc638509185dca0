#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "agentphone_mcp/result.h"
#include "base/clock.h"
#include "http/http_transport.h"

// What the application starts: the sandbox inside this process, or served as the REST API on loopback.
namespace apmcp::sandbox {

struct SandboxOptions {
  double speed = 1.0;            ///< sandbox time runs this many times as fast as real time; > 0
  const Clock* clock = nullptr;  ///< the sandbox's time, where others share it; outlives the sandbox. Null: of `speed`
  /// Shows a sign-up code to the operator. May be called from several threads.
  std::function<void(const std::string& email, const std::string& code)> log_codes;
  std::string seed_key;  ///< opens one account for this key; empty for none. Any other "sk_test_..." key works too
};

/// An AgentPhone inside this process, with its own clock and the thread that sends webhook events. Thread-safe.
std::unique_ptr<http::HttpTransport> make_sandbox_transport(const SandboxOptions& options);

struct SandboxServerOptions {
  int port = 0;           ///< 0: any free port. A port that is taken is an error
  std::string port_file;  ///< gets the port as text and a line end, in one piece, once connections are taken; "": none
  double speed = 1.0;     ///< as in SandboxOptions
  std::string tls_cert, tls_key;  ///< PEM files; both or neither. With them it speaks https
  std::function<void(const std::string& email, const std::string& code)> log_codes;  ///< as in SandboxOptions
  std::string seed_key;                                                              ///< as in SandboxOptions
};

/// The sandbox as REST on 127.0.0.1, with the control API under /_sandbox/. Serves from start() until destruction.
/// Requests that name another host than loopback are refused, so that no web page can reach it by a name of its own.
class SandboxServer {
 public:
  /// Errors: kUpstreamDown when the port cannot be had or the certificate cannot be used, kInternal when the port file
  /// cannot be written. The message is one line for a person.
  static Result<std::unique_ptr<SandboxServer>> start(const SandboxServerOptions& options);

  SandboxServer() = default;
  SandboxServer(const SandboxServer&) = delete;
  SandboxServer& operator=(const SandboxServer&) = delete;
  virtual ~SandboxServer() = default;

  [[nodiscard]] virtual int port() const = 0;

  /// False once the listener has ended by itself, which it does only on an error of the system.
  [[nodiscard]] virtual bool running() const = 0;
};

/// Starts a server and returns when `stop` fires. The errors are those of SandboxServer::start().
Status serve_sandbox(const SandboxServerOptions& options, std::stop_token stop);

}  // namespace apmcp::sandbox

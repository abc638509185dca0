#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <sys/socket.h>
#include <thread>

#include <httplib.h>

#include "base/clock.h"
#include "platform/files.h"
#include "sandbox/control.h"
#include "sandbox/runner.h"
#include "sandbox/sandbox.h"
#include "sandbox/simulator.h"

namespace apmcp::sandbox {
namespace {

/// Each open connection holds a worker of cpp-httplib: 64 clients that keep theirs alive, and a few more.
constexpr std::size_t kWorkers = 72;
/// How long an idle connection stays open, seconds. Also bounds how long a stop waits for clients that keep silent.
constexpr time_t kKeepAliveSeconds = 2;
/// cpp-httplib listens with a backlog of five, too few for many clients that start together.
constexpr int kBacklog = 256;
/// A fault's delay ends here at the latest.
constexpr std::chrono::milliseconds kLongestDelay = std::chrono::minutes{10};

bool is_loopback_host(std::string_view host) {
  const std::size_t end = host.find(']');
  const std::string_view name =
      end == std::string_view::npos ? host.substr(0, host.find(':')) : host.substr(0, end + 1);
  return name == "127.0.0.1" || name == "localhost" || name == "[::1]";
}

class HttplibSandboxServer final : public SandboxServer {
 public:
  explicit HttplibSandboxServer(const SandboxServerOptions& options)
      : clock_(options.speed),
        simulator_(clock_, {.log_codes = options.log_codes, .seed_key = options.seed_key}),
        runner_(simulator_) {
    if (options.tls_cert.empty()) {
      server_ = std::make_unique<httplib::Server>();
    } else {
      server_ = std::make_unique<httplib::SSLServer>(options.tls_cert.c_str(), options.tls_key.c_str());
    }
  }

  ~HttplibSandboxServer() override {
    stop_.request_stop();
    server_->stop();
  }

  /// Empty when it is listening; otherwise why not.
  std::string listen(const SandboxServerOptions& options) {
    if (!server_->is_valid()) return "the TLS certificate or key cannot be used";
    configure();
    const std::string host = "127.0.0.1";
    if (options.port == 0) {
      port_ = server_->bind_to_any_port(host);
    } else if (server_->bind_to_port(host, options.port)) {
      port_ = options.port;
    }
    if (port_ <= 0) return "port " + std::to_string(options.port) + " on 127.0.0.1 cannot be had (is it in use?)";
    ::listen(listening_socket_, kBacklog);
    running_ = true;
    thread_ = std::jthread([this] {
      server_->listen_after_bind();
      running_ = false;
    });
    // A stop before cpp-httplib runs would be lost, and the destructor would wait for ever.
    accepting_.wait();
    return {};
  }

  [[nodiscard]] int port() const override { return port_; }

  [[nodiscard]] bool running() const override { return running_; }

 private:
  /// RFC 9112, section 6.3: the body of a request that announces none is empty. cpp-httplib would read until the client
  /// closes the connection.
  static bool brings_nothing(const httplib::Request& request) {
    const bool may_have_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    return may_have_body && !request.has_header("Content-Length") && !request.has_header("Transfer-Encoding");
  }

  void configure() {
    // Without SO_REUSEPORT, which is cpp-httplib's default: two servers on one port would share its connections.
    server_->set_socket_options([this](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      listening_socket_ = socket;
    });
    server_->set_tcp_nodelay(true);
    server_->set_payload_max_length(kMaxBody);
    server_->set_keep_alive_max_count(1'000'000);
    server_->set_keep_alive_timeout(kKeepAliveSeconds);
    server_->new_task_queue = [this] {
      accepting_.count_down();
      return new httplib::ThreadPool(kWorkers);
    };
    const httplib::Server::Handler handler = [this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
    };
    server_->set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (!brings_nothing(request)) return httplib::Server::HandlerResponse::Unhandled;
      answer(request, response);
      return httplib::Server::HandlerResponse::Handled;
    });
    server_->Get(".*", handler).Post(".*", handler).Patch(".*", handler).Delete(".*", handler).Put(".*", handler);
    server_->set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (response.body.empty() && response.status == 413) {
        response.set_content(R"({"detail":"Request body is too large."})", "application/json");
      }
    });
  }

  void answer(const httplib::Request& request, httplib::Response& response) {
    const WireRequest wire{.method = request.method,
                           .target = request.target,
                           .body = request.body,
                           .authorization = request.get_header_value("Authorization")};
    if (!is_loopback_host(request.get_header_value("Host"))) {
      response.status = 421;
      response.set_content(R"({"detail":"The sandbox answers to loopback hosts only."})", "application/json");
      return;
    }
    WireAnswer answer = is_control_path(wire.target) ? handle_control(simulator_, wire)
                                                     : simulator_.handle(wire, stop_.get_token(), kLongestDelay);
    response.status = answer.gave_up ? 503 : answer.status;
    if (!answer.retry_after.empty()) response.set_header("Retry-After", answer.retry_after);
    if (answer.cut) {
      // A length that is promised and then not sent ends the connection in the middle of the answer.
      response.status = 200;
      response.set_content_provider(std::size_t{4096}, "application/json",
                                    [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
      return;
    }
    if (answer.follows) return stream(*std::move(answer.follows), response);
    response.set_content(answer.body, "application/json");
  }

  /// cpp-httplib asks for piece after piece; a provider that says no ends the connection in the middle.
  void stream(Following following, httplib::Response& response) {
    const auto state = std::make_shared<Following>(std::move(following));
    response.set_chunked_content_provider("text/event-stream", [this, state](std::size_t, httplib::DataSink& sink) {
      const auto piece =
          simulator_.next_piece(*state, stop_.get_token(), std::chrono::steady_clock::now() + kLongestDelay);
      if (piece.cut || !sink.write(piece.text.data(), piece.text.size())) return false;
      if (piece.is_last) sink.done();
      return true;
    });
  }

  ScaledClock clock_;
  Simulator simulator_;
  Runner runner_;
  std::stop_source stop_;
  std::unique_ptr<httplib::Server> server_;
  socket_t listening_socket_ = INVALID_SOCKET;
  int port_ = -1;
  std::atomic<bool> running_{false};
  std::latch accepting_{1};
  std::jthread thread_;  ///< last: joined before anything it uses goes
};

}  // namespace

Result<std::unique_ptr<SandboxServer>> SandboxServer::start(const SandboxServerOptions& options) {
  auto server = std::make_unique<HttplibSandboxServer>(options);
  const std::string refused = server->listen(options);
  if (!refused.empty()) return Error{.code = ErrorCode::kUpstreamDown, .message = "sandbox: " + refused};
  if (!options.port_file.empty() && !platform::write_port_file(options.port_file, server->port())) {
    return Error{.code = ErrorCode::kInternal, .message = "sandbox: cannot write " + options.port_file};
  }
  return std::unique_ptr<SandboxServer>(std::move(server));
}

Status serve_sandbox(const SandboxServerOptions& options, std::stop_token stop) {
  const auto server = SandboxServer::start(options);
  if (!server) return server.error();
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, std::move(stop), [] { return false; });
  return Unit{};
}

}  // namespace apmcp::sandbox

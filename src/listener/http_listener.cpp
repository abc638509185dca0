#include "listener/http_listener.h"

#include <array>
#include <cerrno>
#include <memory>
#include <mutex>
#include <poll.h>
#include <system_error>
#include <thread>
#include <utility>

#include "listener/connection.h"
#include "listener/connection_table.h"
#include "listener/connection_threads.h"
#include "listener/listening_socket.h"
#include "listener/peer_socket.h"

namespace apmcp::listener {
namespace {

/// How long accepting pauses when the system is out of something. Running connections free it, nobody tells us when.
constexpr std::chrono::milliseconds kShortageLimit{50};

/// Of the places for connections, the part that silent ones cannot keep.
constexpr std::size_t kReservedPart = 16;
/// How long an evicted connection may take to leave its place.
constexpr std::chrono::milliseconds kEvictionLimit{1000};

/// The connection that was to be accepted is no more, or there was none; the next one may be fine.
bool is_about_one_connection(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ECONNABORTED || error == EPROTO;
}

class GuardedListener final : public HttpListener {
 public:
  GuardedListener(ListenerOptions options, HttpHandler handler, HeadCheck check_head)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        check_head_(std::move(check_head)),
        budgets_{BodyBudget(options_.max_bodies), BodyBudget(options_.apart.max_bodies)},
        table_(options_.spare_limit, options_.max_unsent),
        connections_(options_.max_connections) {}

  ~GuardedListener() override {
    GuardedListener::stop();
    events_.cut.signal();
  }

  Status listen() {
    auto socket = listen_on(options_.host, options_.port);
    if (!socket) return socket.error();
    if (!events_.stop.is_open() || !events_.cut.is_open()) return no_room("file descriptors");
    socket_ = std::move(*socket);
    try {
      acceptor_ = std::thread([this] { accept_all(); });
    } catch (const std::system_error&) {
      return no_room("threads");
    }
    return Unit{};
  }

  [[nodiscard]] int port() const override { return socket_.port; }

  void stop() override {
    events_.is_stopping = true;
    events_.stop.signal();
    // The port is free once the accepting thread is gone and cannot use the descriptor any more.
    const std::lock_guard lock(stop_mutex_);
    if (acceptor_.joinable()) acceptor_.join();
    socket_.fd.reset();
  }

  bool wait_closed(std::chrono::milliseconds limit) override { return connections_.wait_idle(limit); }

 private:
  static Error no_room(const std::string& what) {
    return {.code = ErrorCode::kUpstreamDown, .message = "cannot listen: the system has no more " + what};
  }

  void accept_all() {
    while (wait_for_connection()) {
      platform::UniqueFd fd = accept_connection(socket_.fd.get());
      if (fd.is_open()) {
        serve(std::move(fd));
      } else if (!is_about_one_connection(errno)) {
        pause_for_shortage();
      }
    }
  }

  /// False when the listener stops.
  bool wait_for_connection() {
    std::array<pollfd, 2> entries{pollfd{.fd = socket_.fd.get(), .events = POLLIN, .revents = 0}, stop_entry()};
    // On EINTR and the like the accept finds nothing and we are back.
    ::poll(entries.data(), entries.size(), -1);
    return entries[1].revents == 0;
  }

  void pause_for_shortage() {
    pollfd entry = stop_entry();
    ::poll(&entry, 1, static_cast<int>(kShortageLimit.count()));
  }

  [[nodiscard]] pollfd stop_entry() const { return {.fd = events_.stop.descriptor(), .events = POLLIN, .revents = 0}; }

  void make_room() {
    const std::size_t running = connections_.running();
    const std::size_t limit = options_.max_connections;
    const bool is_full = running >= limit;
    if (running + limit / kReservedPart < limit) return;
    if (table_.evict_waiting(is_full) && is_full) connections_.wait_for_place(kEvictionLimit);
  }

  void serve(platform::UniqueFd fd) {
    try {
      make_room();
      // Shared because std::function wants to be able to copy; nobody does.
      const auto connection =
          std::make_shared<Connection>(std::move(fd), options_, handler_, check_head_, events_, budgets_, table_);
      if (!connections_.start([connection] { connection->run(); })) connection->turn_away();
    } catch (const std::bad_alloc&) {
      // Without memory there is no answer either: the connection is closed with `fd`.
      pause_for_shortage();
    }
  }

  const ListenerOptions options_;
  const HttpHandler handler_;
  const HeadCheck check_head_;
  ListenerEvents events_;
  BodyBudgets budgets_;
  ConnectionTable table_;
  ListeningSocket socket_;
  std::mutex stop_mutex_;
  std::thread acceptor_;
  ConnectionThreads connections_;  ///< last: it waits for all that use the others
};

}  // namespace

Result<std::unique_ptr<HttpListener>> start_listener(const ListenerOptions& options, HttpHandler handler,
                                                     HeadCheck check_head) {
  auto listener = std::make_unique<GuardedListener>(options, std::move(handler), std::move(check_head));
  if (const Status listening = listener->listen(); !listening) return listening.error();
  return std::unique_ptr<HttpListener>(std::move(listener));
}

}  // namespace apmcp::listener

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agentphone_mcp/tool.h"
#include "listener/http_listener.h"
#include "transport/http_server.h"

namespace apmcp::test {

/// The other side of one exchange: keeps what is written, and leaves, stops or lets time pass when the test says so.
class FakePeer final : public listener::Peer {
 public:
  Event wait(const platform::WakeEvent& wake, std::chrono::milliseconds limit) override;
  bool write(std::string_view bytes) override;

  void leave() { gone_.signal(); }

  void stop_listener() { stopping_.signal(); }

  void let_time_pass() { timeout_.signal(); }  ///< the next wait runs out at once

  /// Everything written so far, once `text` is in it.
  std::string wait_for(const std::string& text);

 private:
  platform::WakeEvent gone_, stopping_, timeout_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string written_;  // guarded by mutex_
};

/// One request on a thread of its own, as the listener runs it.
class Exchange {
 public:
  Exchange(transport::HttpServer& server, listener::HttpRequest request);
  ~Exchange();  ///< the peer leaves, when it has not yet

  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Waits for the head of the answer. A streamed one has its bytes in `peer`.
  const listener::HttpResponse& reply();

  /// Waits for the end of the stream: true when the answer is complete.
  bool ended();

  FakePeer peer;

 private:
  listener::HttpResponse reply_;
  std::promise<void> replied_promise_;
  std::shared_future<void> replied_ = replied_promise_.get_future().share();
  std::promise<bool> ended_promise_;
  std::shared_future<bool> ended_ = ended_promise_.get_future().share();
  std::jthread thread_;
};

/// A server over HTTP with tools that show what a transport has to carry: `echo` answers with its text; `tell` sends
/// two notifications first; `hold` waits until the test opens the gate; `wait` waits to be cancelled; `gather` waits
/// to be stopped and answers with what it has; `poll` lets its connection go and then waits for the gate; `ask` asks
/// the client for its roots; `who` says on whose behalf it runs.
class HttpFixture {
 public:
  explicit HttpFixture(transport::HttpServer::Options options = {});
  ~HttpFixture();  ///< opens the gate and waits for what runs

  HttpFixture(const HttpFixture&) = delete;
  HttpFixture& operator=(const HttpFixture&) = delete;

  /// A request that gets its whole answer at once.
  listener::HttpResponse send(listener::HttpRequest request);

  /// A handshake: the session's id.
  std::string open_session(const std::string& revision = "2025-11-25", const listener::Headers& more = {});

  void open_gate() { gate_.count_down(); }

  /// For the session table: streams that are open look at its clock when they end.
  void let_time_pass(std::chrono::milliseconds time);

  std::latch holding{1};    ///< `hold` or `poll` runs
  std::latch waiting{1};    ///< `wait` runs
  std::latch cancelled{1};  ///< `wait` was cancelled

 private:
  std::vector<mcp::Tool> tools();
  Result<mcp::ToolOutput> hold(mcp::RequestContext& context);
  Result<mcp::ToolOutput> wait(mcp::RequestContext& context);

  std::latch gate_{1};
  std::atomic<transport::SessionTable::Clock::duration> passed_{};
  mcp::McpServer mcp_;

 public:
  Executor executor{64, 256};
  Metrics metrics;
  transport::HttpServer server;
};

inline constexpr const char* kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

listener::HttpRequest get(const std::string& path, const listener::Headers& more = {});
listener::HttpRequest post(const std::string& path, std::string body, const listener::Headers& more = {});
listener::HttpRequest delete_session(const std::string& session);

/// A POST to /mcp in a session, and the headers of one.
listener::HttpRequest in_session(const std::string& session, std::string body);
listener::Headers session_header(const std::string& session);

/// A GET of a session's stream, perhaps from behind an event.
listener::HttpRequest listen(const std::string& session, const std::string& last_event_id = "");

/// tools/call in a session, asking for progress.
std::string call(int id, const std::string& tool, const std::string& arguments = "{}");

/// A request of the stateless revision with its headers; `name` is that of a tool, for tools/call.
listener::HttpRequest stateless(int id, const std::string& method, const std::string& name = "");

/// The value of a header of an answer, empty when it has none.
std::string header(const listener::HttpResponse& reply, std::string_view name);

/// The body as JSON.
Json body(const listener::HttpResponse& reply);

}  // namespace apmcp::test

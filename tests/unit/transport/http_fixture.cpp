#include "unit/transport/http_fixture.h"

#include <array>
#include <poll.h>

#include <doctest/doctest.h>

namespace apmcp::test {
namespace {

constexpr std::string_view kAnything = R"({"type":"object"})";
constexpr const char* kOpening =
    R"({"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"REVISION","capabilities":{"roots":{}},"clientInfo":{"name":"c","version":"1"}}})";

mcp::Tool tool(std::string_view name, std::string_view wire, mcp::ToolHandler handler) {
  return {.definition = {.name = name, .wire = wire, .input_schema = kAnything, .example = "{}", .effect = "reads"},
          .handler = std::move(handler)};
}

void add(listener::Headers& headers, const listener::Headers& more) {
  for (const auto& [name, value] : more) {
    std::erase_if(headers, [&, field = name](const auto& header) { return header.first == field; });
    if (!value.empty()) headers.emplace_back(name, value);
  }
}

}  // namespace

listener::Peer::Event FakePeer::wait(const platform::WakeEvent& wake, std::chrono::milliseconds /*limit*/) {
  std::array<pollfd, 4> entries{};
  const std::array<const platform::WakeEvent*, 4> events{&wake, &gone_, &stopping_, &timeout_};
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i] = {events[i]->descriptor(), POLLIN, 0};
  while (::poll(entries.data(), entries.size(), -1) < 0) {
  }
  if (entries[0].revents != 0) return Event::kWoken;
  if (entries[1].revents != 0) return Event::kGone;
  if (entries[2].revents != 0) return Event::kStopping;
  timeout_.clear();
  return Event::kTimeout;
}

bool FakePeer::write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (gone_.is_signalled()) return false;
  written_ += bytes;
  changed_.notify_all();
  return true;
}

std::string FakePeer::wait_for(const std::string& text) {
  std::unique_lock lock(mutex_);
  const bool came =
      changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return written_.find(text) != std::string::npos; });
  CHECK_MESSAGE(came, text, " in ", written_);
  return written_;
}

Exchange::Exchange(transport::HttpServer& server, listener::HttpRequest request) {
  thread_ = std::jthread([this, &server, request = std::move(request)]() mutable {
    reply_ = server.handle(request, peer);
    request = {};  // a listener does not keep it either
    auto stream = std::move(reply_.stream);
    reply_.stream = nullptr;
    replied_promise_.set_value();
    const bool is_complete = !stream || stream(peer);
    stream = nullptr;
    ended_promise_.set_value(is_complete);
  });
}

Exchange::~Exchange() {
  peer.leave();
}

const listener::HttpResponse& Exchange::reply() {
  REQUIRE(replied_.wait_for(std::chrono::seconds{20}) == std::future_status::ready);
  return reply_;
}

bool Exchange::ended() {
  REQUIRE(ended_.wait_for(std::chrono::seconds{20}) == std::future_status::ready);
  return ended_.get();
}

HttpFixture::HttpFixture(transport::HttpServer::Options options)
    : mcp_({.name = "test", .title = "Test", .version = "1", .website_url = "", .instructions = ""},
           mcp::ToolRegistry(tools()), mcp::McpServer::Options{}),
      server(mcp_, executor, metrics, [&] {
        options.sessions.now = [this] { return transport::SessionTable::Clock::time_point{passed_.load()}; };
        return std::move(options);
      }()) {
  server.listens_at(1);  // that of get() and post()
}

void HttpFixture::let_time_pass(std::chrono::milliseconds time) {
  passed_ = passed_.load() + time;
}

HttpFixture::~HttpFixture() {
  if (!gate_.try_wait()) open_gate();
  CHECK(executor.wait_idle(std::chrono::seconds{20}));
}

std::vector<mcp::Tool> HttpFixture::tools() {
  std::vector<mcp::Tool> all;
  all.push_back(tool("echo", R"({"name":"echo","inputSchema":{"type":"object"}})",
                     [](const Json& arguments, mcp::RequestContext&) -> Result<mcp::ToolOutput> {
                       return mcp::ToolOutput{.structured = arguments, .text = arguments.dump()};
                     }));
  all.push_back(tool("hold", R"({"name":"hold","inputSchema":{"type":"object"}})",
                     [this](const Json&, mcp::RequestContext& context) { return hold(context); }));
  all.push_back(tool("poll", R"({"name":"poll","inputSchema":{"type":"object"}})",
                     [this](const Json&, mcp::RequestContext& context) {
                       context.sink->release_connection(std::chrono::milliseconds{500});
                       return hold(context);
                     }));
  all.push_back(tool("tell", R"({"name":"tell","inputSchema":{"type":"object"}})",
                     [](const Json&, mcp::RequestContext& context) -> Result<mcp::ToolOutput> {
                       context.progress(1, 2, "half");
                       context.progress(2, 2, "whole sk_test_canary0123456789");
                       return mcp::ToolOutput{.text = "told"};
                     }));
  all.push_back(tool("ask", R"({"name":"ask","inputSchema":{"type":"object"}})",
                     [](const Json&, mcp::RequestContext& context) -> Result<mcp::ToolOutput> {
                       const auto roots = context.ask({.key = "roots", .method = "roots/list"});
                       if (!roots) return roots.error();
                       return mcp::ToolOutput{.text = "answered"};
                     }));
  all.push_back(tool("wait", R"({"name":"wait","inputSchema":{"type":"object"}})",
                     [this](const Json&, mcp::RequestContext& context) { return wait(context); }));
  all.push_back(tool("gather", R"({"name":"gather","inputSchema":{"type":"object"}})",
                     [](const Json&, mcp::RequestContext& context) -> Result<mcp::ToolOutput> {
                       std::latch stopped(1);
                       const std::stop_callback on_stop(context.stop, [&] { stopped.count_down(); });
                       context.progress(1, std::nullopt, "gathering");
                       stopped.wait();
                       return mcp::ToolOutput{.text = "so far"};
                     }));
  all.push_back(tool(
      "who", R"({"name":"who","inputSchema":{"type":"object"}})",
      [](const Json&, mcp::RequestContext& context) -> Result<mcp::ToolOutput> {
        return mcp::ToolOutput{.structured = {{"caller", context.caller}, {"has_key", context.caller_key != nullptr}}};
      }));
  return all;
}

Result<mcp::ToolOutput> HttpFixture::hold(mcp::RequestContext& context) {
  context.progress(1, std::nullopt, "holding");
  holding.count_down();
  gate_.wait();
  return mcp::ToolOutput{.text = "let go"};
}

Result<mcp::ToolOutput> HttpFixture::wait(mcp::RequestContext& context) {
  std::latch stopped(1);
  const std::stop_callback on_stop(context.stop, [&] { stopped.count_down(); });
  waiting.count_down();
  stopped.wait();
  cancelled.count_down();
  return Error{.code = ErrorCode::kCancelled, .message = "cancelled"};
}

listener::HttpResponse HttpFixture::send(listener::HttpRequest request) {
  Exchange exchange(server, std::move(request));
  listener::HttpResponse reply = exchange.reply();
  exchange.ended();
  if (reply.content_type == "text/event-stream") reply.body = exchange.peer.wait_for("");
  return reply;
}

std::string HttpFixture::open_session(const std::string& revision, const listener::Headers& more) {
  std::string text = kOpening;
  text.replace(text.find("REVISION"), 8, revision);
  const auto reply = send(post("/mcp", text, more));
  CHECK(reply.status == 200);
  return header(reply, "Mcp-Session-Id");
}

listener::HttpRequest get(const std::string& path, const listener::Headers& more) {
  listener::HttpRequest request{.method = "GET", .path = path, .query = {}, .headers = {{"host", "127.0.0.1:1"}}};
  add(request.headers, more);
  return request;
}

listener::HttpRequest post(const std::string& path, std::string body, const listener::Headers& more) {
  listener::HttpRequest request{.method = "POST",
                                .path = path.substr(0, path.find('?')),
                                .query = path.find('?') == std::string::npos ? "" : path.substr(path.find('?') + 1),
                                .headers = {{"host", "127.0.0.1:1"},
                                            {"content-type", "application/json"},
                                            {"accept", "application/json, text/event-stream"}},
                                .body = std::move(body)};
  add(request.headers, more);
  return request;
}

listener::Headers session_header(const std::string& session) {
  return {{"mcp-session-id", session}};
}

listener::HttpRequest delete_session(const std::string& session) {
  listener::HttpRequest request = get("/mcp", session_header(session));
  request.method = "DELETE";
  return request;
}

listener::HttpRequest in_session(const std::string& session, std::string body) {
  return post("/mcp", std::move(body), session_header(session));
}

listener::HttpRequest listen(const std::string& session, const std::string& last_event_id) {
  listener::HttpRequest request = get("/mcp", session_header(session));
  add(request.headers, {{"accept", "text/event-stream"}, {"last-event-id", last_event_id}});
  return request;
}

std::string call(int id, const std::string& tool, const std::string& arguments) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"tools/call","params":{"name":")" + tool +
         R"(","arguments":)" + arguments + R"(,"_meta":{"progressToken":1}}})";
}

listener::HttpRequest stateless(int id, const std::string& method, const std::string& name) {
  const std::string parameter = name.empty() ? "" : R"("name":")" + name + R"(",)";
  return post(
      "/mcp",
      R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method + R"(","params":{)" + parameter +
          R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"progressToken":1}}})",
      {{"mcp-protocol-version", "2026-07-28"}, {"mcp-method", method}, {"mcp-name", name}});
}

std::string header(const listener::HttpResponse& reply, std::string_view name) {
  for (const auto& [field, value] : reply.headers) {
    if (field == name) return value;
  }
  return {};
}

Json body(const listener::HttpResponse& reply) {
  return Json::parse(reply.body, nullptr, false);
}

}  // namespace apmcp::test

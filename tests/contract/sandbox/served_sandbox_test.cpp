#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <thread>

#include <doctest/doctest.h>
#include <httplib.h>

#include "base/json_parse.h"
#include "sandbox/sandbox.h"
#include "support/temporary_directory.h"
#include "unit/listener/listener_fixture.h"
#include "webhook/signature.h"

TEST_SUITE_BEGIN("contract");

namespace apmcp::test {
namespace {

using sandbox::SandboxServer;

std::unique_ptr<SandboxServer> started(const sandbox::SandboxServerOptions& options = {}) {
  auto server = SandboxServer::start(options);
  REQUIRE(server.ok());
  return std::move(*server);
}

struct Answered {
  int status = 0;
  Json body;
  std::string content_type;
};

/// One keep-alive client with a key.
class Caller {
 public:
  explicit Caller(const SandboxServer& server, const std::string& key = "sk_test_contract")
      : client_("127.0.0.1", server.port()) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
    if (!key.empty()) client_.set_bearer_token_auth(key);
  }

  Answered get(const std::string& path) { return read(client_.Get(path)); }

  Answered post(const std::string& path, const Json& body) {
    return read(client_.Post(path, body.is_null() ? "" : body.dump(), "application/json"));
  }

  Answered remove(const std::string& path) { return read(client_.Delete(path)); }

  httplib::Client& client() { return client_; }

 private:
  static Answered read(const httplib::Result& result) {
    REQUIRE(result);
    Result<Json> body = parse_json(result->body, upstream_json_limits());
    REQUIRE(body.ok());
    return {result->status, *std::move(body), result->get_header_value("Content-Type")};
  }

  httplib::Client client_;
};

/// Receives one kind of webhook event, on a port of its own.
class Endpoint {
 public:
  explicit Endpoint(std::string event) : wanted_(std::move(event)) {
    server_.new_task_queue = [this] {
      accepting_.count_down();
      return new httplib::ThreadPool(2);
    };
    server_.Post("/hook", [this](const httplib::Request& request, httplib::Response&) {
      if (request.get_header_value("X-Webhook-Event") == wanted_ && !taken_.exchange(true)) event_.set_value(request);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    accepting_.wait();
  }

  ~Endpoint() { server_.stop(); }

  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }

  httplib::Request wait() { return event_.get_future().get(); }

 private:
  std::string wanted_;
  httplib::Server server_;
  std::latch accepting_{1};
  std::atomic<bool> taken_{false};
  std::promise<httplib::Request> event_;
  int port_ = 0;
  std::jthread thread_;
};

std::string text(const Json& object, const char* name) {
  return object[name].get<std::string>();
}

}  // namespace

TEST_CASE("the served sandbox signs up, verifies and answers the new key over a real socket") {
  std::promise<std::string> shown;
  const auto server =
      started({.log_codes = [&](const std::string&, const std::string& code) { shown.set_value(code); }});
  Caller stranger(*server, "");
  const Answered sign_up = stranger.post("/v0/agent/sign-up", {{"human_email", "owner@example.com"}});
  REQUIRE(sign_up.status == 200);
  CHECK(sign_up.content_type == "application/json");
  const Answered mailbox = stranger.get("/_sandbox/mailbox");
  const std::string code = text(mailbox.body["data"][0], "code");
  CHECK(shown.get_future().get() == code);
  const Answered account =
      stranger.post("/v0/agent/verify", {{"verification_id", sign_up.body["verification_id"]}, {"otp_code", code}});
  REQUIRE(account.status == 200);
  Caller owner(*server, text(account.body, "api_key"));
  CHECK(owner.get("/v1/numbers").body["data"][0]["phoneNumber"] == account.body["phone_number"]);
  CHECK(stranger.get("/v1/numbers").status == 401);
}

TEST_CASE("a person's answer and the end of a call reach a webhook on loopback without anybody asking") {
  const auto server = started({.speed = 200});
  Caller caller(*server);
  Endpoint texts("agent.message");
  const Answered hook = caller.post("/v1/webhooks", {{"url", texts.url()}});
  const std::string agent = text(caller.get("/v1/agents").body["data"][0], "id");
  REQUIRE(caller.post("/v1/messages", {{"agent_id", agent}, {"to_number", "+14155550123"}, {"body", "hello"}}).status ==
          200);
  const httplib::Request event = texts.wait();
  CHECK(webhook::verify(text(hook.body, "secret"), event.get_header_value("X-Webhook-Timestamp"), event.body,
                        event.get_header_value("X-Webhook-Signature"),
                        std::chrono::system_clock::now()) == webhook::Verdict::kGenuine);

  Endpoint ends("agent.call_ended");
  caller.post("/v1/webhooks", {{"url", ends.url()}});
  const Answered call = caller.post(
      "/v1/calls", {{"agentId", agent}, {"toNumber", "+14155550123"}, {"systemPrompt", "Book a manicure."}});
  const Json ended = *parse_json(ends.wait().body);
  CHECK(ended["data"]["callId"] == call.body["id"]);
  CHECK(caller.get("/v1/calls/" + text(call.body, "id")).body["status"] == "completed");
}

TEST_CASE("the control API injects a text and a call, and says when nobody holds the number") {
  const auto server = started();
  Caller caller(*server);
  const std::string line = text(caller.get("/v1/numbers").body["data"][0], "phoneNumber");
  CHECK(caller.post("/_sandbox/texts", {{"from", "+14155550142"}, {"to", line}, {"body", "hi"}}).status == 200);
  CHECK(caller.get("/v1/conversations").body["data"][0]["lastMessagePreview"] == "hi");
  const Answered call =
      caller.post("/_sandbox/calls", {{"from", "+14155550142"}, {"to", line}, {"says", {"Is Sam in?"}}});
  CHECK(caller.get("/v1/calls/" + text(call.body, "id")).body["direction"] == "inbound");
  CHECK(caller.post("/_sandbox/texts", {{"from", "+14155550142"}, {"to", "+12125550299"}, {"body", "hi"}}).status ==
        404);
  CHECK(caller.post("/_sandbox/calls", {{"from", "+14155550142"}, {"to", "+12125550299"}}).status == 404);
  CHECK(caller.post("/_sandbox/texts", {{"to", line}}).status == 422);
  CHECK(caller.get("/_sandbox/nothing").status == 404);
}

TEST_CASE("scripted faults come over the wire as they were ordered") {
  const auto server = started();
  Caller caller(*server);
  REQUIRE(caller
              .post("/_sandbox/faults",
                    {{"method", "POST"}, {"path_prefix", "/v1/agents"}, {"status", 429}, {"retry_after", "3"}})
              .status == 200);
  const httplib::Result limited = caller.client().Post("/v1/agents", R"({"name":"A"})", "application/json");
  REQUIRE(limited);
  CHECK(limited->status == 429);
  CHECK(limited->get_header_value("Retry-After") == "3");

  REQUIRE(caller.post("/_sandbox/faults", {{"path_prefix", "/v1/agents"}, {"cut", "after"}}).status == 200);
  CHECK_FALSE(caller.client().Post("/v1/agents", R"({"name":"B"})", "application/json"));
  CHECK(caller.get("/v1/agents").body["total"] == 2);
  REQUIRE(caller.post("/_sandbox/faults", {{"path_prefix", "/v1/agents"}, {"cut", "before"}}).status == 200);
  CHECK_FALSE(caller.client().Post("/v1/agents", R"({"name":"C"})", "application/json"));
  CHECK(caller.get("/v1/agents").body["total"] == 2);
  CHECK(caller.post("/_sandbox/faults", {{"cut", "sometimes"}}).status == 422);
  CHECK(caller.post("/_sandbox/faults", {{"status", 500}, {"times", -1}}).status == 200);
  CHECK(caller.get("/v1/usage").status == 500);
  CHECK(caller.remove("/_sandbox/faults").status == 200);
  CHECK(caller.get("/v1/usage").status == 200);
}

TEST_CASE("the request log shows what was asked and never who asked") {
  const auto server = started();
  Caller caller(*server, "sk_test_not_to_be_seen");
  caller.get("/v1/usage");
  const Answered log = caller.get("/_sandbox/requests");
  REQUIRE(log.body["data"].size() == 1);
  CHECK(log.body["data"][0]["method"] == "GET");
  CHECK(log.body["data"][0]["path"] == "/v1/usage");
  CHECK(log.body["data"][0]["status"] == 200);
  CHECK(log.body.dump().find("not_to_be_seen") == std::string::npos);
  CHECK(caller.remove("/_sandbox/requests").status == 200);
  CHECK(caller.get("/_sandbox/requests").body["data"].empty());
}

TEST_CASE("the port file appears whole, and a port that is taken is an error") {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "port";
  std::filesystem::remove(file);
  const auto server = started({.port_file = file.string()});
  int port = 0;
  std::ifstream(file) >> port;
  CHECK(port == server->port());
  const auto second = SandboxServer::start({.port = server->port()});
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == ErrorCode::kUpstreamDown);
  const auto unwritable = SandboxServer::start({.port_file = (folder.path() / "missing" / "port").string()});
  REQUIRE_FALSE(unwritable.ok());
  CHECK(unwritable.error().code == ErrorCode::kInternal);
}

TEST_CASE("sixty-four clients that keep their connections are served at once") {
  const auto server = started();
  constexpr int kClients = 64;
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < kClients; ++i) callers.push_back(std::make_unique<Caller>(*server));
  for (auto& caller : callers) CHECK(caller->get("/v1/usage").status == 200);
  for (auto& caller : callers) CHECK(caller->get("/v1/usage").status == 200);
}

TEST_CASE("a body over a mebibyte and a foreign host are refused") {
  const auto server = started();
  Caller caller(*server);
  const httplib::Result large =
      caller.client().Post("/v1/agents", std::string((std::size_t{1} << 20) + 1, ' '), "application/json");
  if (large) CHECK(large->status == 413);
  httplib::Client rebound("127.0.0.1", server->port());
  const httplib::Result foreign = rebound.Get("/_sandbox/mailbox", httplib::Headers{{"Host", "evil.example"}});
  REQUIRE(foreign);
  CHECK(foreign->status == 421);
  const httplib::Result prefix = rebound.Get("/_sandbox/mailbox", httplib::Headers{{"Host", "127.0.0.1.evil.example"}});
  REQUIRE(prefix);
  CHECK(prefix->status == 421);
}

TEST_CASE("a POST that announces no body has an empty one, and its connection goes on") {
  const auto server = started();
  listener::RawClient client(server->port());
  const std::string fields = " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk_test_contract\r\n\r\n";
  for (const char* method : {"POST", "PUT", "PATCH"}) {
    CAPTURE(method);
    client.send(std::string(method) + " /v1/agents" + fields);
    const listener::Answer answer = client.read_answer();
    CHECK(answer.status >= 400);
    CHECK(answer.body.find("detail") != std::string::npos);
  }
  client.send("GET /v1/usage" + fields);
  CHECK(client.read_answer().status == 200);
}

TEST_CASE("a served sandbox ends when it is told to") {
  std::stop_source stop;
  const TemporaryDirectory folder;
  const auto file = folder.path() / "port_of_stopped";
  std::promise<Status> ended;
  const std::jthread serving(
      [&] { ended.set_value(sandbox::serve_sandbox({.port_file = file.string()}, stop.get_token())); });
  stop.request_stop();
  CHECK(ended.get_future().get().ok());
}

TEST_CASE("the sandbox inside the process answers without a socket") {
  const auto transport = sandbox::make_sandbox_transport({.speed = 10, .seed_key = "sk_test_seed"});
  const auto answer = transport->send(
      {.method = http::Method::kGet, .target = "/v1/usage", .body = "", .bearer = Secret("sk_test_seed")}, {});
  REQUIRE(answer.ok());
  CHECK(answer->status == 200);
  CHECK((*parse_json(answer->body))["numbers"]["used"] == 1);
}

}  // namespace apmcp::test

TEST_SUITE_END();

#include <map>

#include "unit/sandbox/sandbox_fixture.h"
#include "webhook/signature.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kLocal = "http://127.0.0.1:9/hook";

Json set_account_webhook(Sandbox& sandbox, const std::string& url = kLocal) {
  const Answered set = sandbox.post("/v1/webhooks", {{"url", url}});
  REQUIRE(set.status == 200);
  return set.body;
}

Json event_of(const sandbox::PostJob& job) {
  Result<Json> event = parse_json(job.body);
  REQUIRE(event.ok());
  return *std::move(event);
}

std::string header(const sandbox::PostJob& job, const std::string& name) {
  return std::map<std::string, std::string>(job.headers.begin(), job.headers.end())[name];
}

Json stats(Sandbox& sandbox) {
  return sandbox.get("/v1/usage").body["stats"];
}

}  // namespace

TEST_CASE("no webhook is null, not an error") {
  Sandbox sandbox;
  const Answered none = sandbox.get("/v1/webhooks");
  CHECK(none.status == 200);
  CHECK(none.body.is_null());
  CHECK(sandbox.get("/v1/agents/" + sandbox.starter_agent() + "/webhook").body.is_null());
  CHECK(sandbox.get("/v1/agents/agt_none/webhook").status == 404);
  CHECK(sandbox.post("/v1/webhooks/test", nullptr).status == 404);
}

TEST_CASE("every set mints a new secret, also for the same URL") {
  Sandbox sandbox;
  const Json first = set_account_webhook(sandbox);
  const Json second = set_account_webhook(sandbox);
  CHECK(first["id"] == second["id"]);
  CHECK(first["secret"] != second["secret"]);
  CHECK(Sandbox::text(first, "secret").substr(0, 6) == "whsec_");
  CHECK(first["contextLimit"] == 10);
  CHECK(first["timeout"] == 30);
  CHECK(first["status"] == "active");
  CHECK(sandbox.get("/v1/webhooks").body == second);
}

TEST_CASE("the bounds of a webhook are checked") {
  Sandbox sandbox;
  CHECK(first_mistake(sandbox.post("/v1/webhooks", Json::object())) == "url: missing");
  CHECK(first_mistake(sandbox.post("/v1/webhooks", {{"url", "not a url"}})) == "url: string_pattern_mismatch");
  CHECK(first_mistake(sandbox.post("/v1/webhooks", {{"url", kLocal}, {"contextLimit", 51}})) ==
        "contextLimit: less_than_equal");
  CHECK(first_mistake(sandbox.post("/v1/webhooks", {{"url", kLocal}, {"timeout", 4}})) ==
        "timeout: greater_than_equal");
  CHECK(sandbox.post("/v1/agents/agt_none/webhook", {{"url", kLocal}}).status == 404);
}

TEST_CASE("an inbound text is delivered with a signature that verifies") {
  Sandbox sandbox;
  const std::string secret = Sandbox::text(set_account_webhook(sandbox), "secret");
  sandbox.text_to("+14155550120", "Can I book?");
  sandbox.pass(seconds{10});
  REQUIRE(sandbox.posts.size() == 1);
  const sandbox::PostJob& job = sandbox.posts[0];
  CHECK(job.url == kLocal);
  CHECK(header(job, "X-Webhook-Event") == "agent.message");
  CHECK(webhook::verify(secret, header(job, "X-Webhook-Timestamp"), job.body, header(job, "X-Webhook-Signature"),
                        sandbox.clock.now()) == webhook::Verdict::kGenuine);
  const Json event = event_of(job);
  CHECK(event["channel"] == "sms");
  CHECK(event["agentId"] == sandbox.starter_agent());
  CHECK(event["data"]["from"] == "+14155550120");
  CHECK(event["data"]["direction"] == "inbound");
  CHECK(header(job, "X-Webhook-ID") ==
        "del_" + Sandbox::text(event["data"], "messageId") + "_" + sandbox.starter_number_id());
  REQUIRE(event["recentHistory"].size() == 1);
  CHECK(event["recentHistory"][0]["content"] == "Can I book?");
  CHECK(stats(sandbox)["successfulWebhookDeliveries"] == 1);
}

TEST_CASE("an agent's own webhook replaces the account's for its events") {
  Sandbox sandbox;
  set_account_webhook(sandbox);
  const std::string agent = sandbox.starter_agent();
  const Answered own =
      sandbox.post("/v1/agents/" + agent + "/webhook", {{"url", "http://127.0.0.1:9/own"}, {"contextLimit", 0}});
  REQUIRE(own.status == 200);
  CHECK(sandbox.get("/v1/agents/" + agent + "/webhook").body == own.body);
  sandbox.text_to("+14155550120", "hello");
  sandbox.pass(seconds{10});
  REQUIRE(sandbox.posts.size() == 1);
  CHECK(sandbox.posts[0].url == "http://127.0.0.1:9/own");
  CHECK(event_of(sandbox.posts[0])["recentHistory"].empty());
}

TEST_CASE("the end of a call is announced with its whole transcript") {
  Sandbox sandbox;
  set_account_webhook(sandbox);
  const std::string id = sandbox.call("+14155550123", {{"initialGreeting", "Hi, I am an AI assistant."}});
  sandbox.pass(seconds{60});
  REQUIRE(sandbox.posts.size() == 1);
  const Json event = event_of(sandbox.posts[0]);
  CHECK(event["event"] == "agent.call_ended");
  CHECK_FALSE(event.contains("recentHistory"));
  CHECK(event["data"]["callId"] == id);
  CHECK(event["data"]["status"] == "completed");
  CHECK(event["data"]["transcript"][0] == Json{{"role", "agent"}, {"content", "Hi, I am an AI assistant."}});
  CHECK(event["data"]["transcript"][1]["role"] == "user");
  CHECK(event["data"]["callSuccessful"] == true);
  CHECK(event["data"]["durationSeconds"] == sandbox.get("/v1/calls/" + id).body["durationSeconds"]);
}

TEST_CASE("a failed event is tried six times over twenty hours, under one id") {
  Sandbox sandbox;
  set_account_webhook(sandbox);
  sandbox.endpoint_answers = {.status = 500};
  sandbox.simulator.inject_text("+14155550120", sandbox.starter_number(), "hello");
  std::size_t expected = 0;
  for (const minutes wait : {minutes{0}, minutes{5}, minutes{30}, minutes{120}, minutes{360}, minutes{720}}) {
    if (wait > minutes{0}) {
      sandbox.pass(wait - seconds{1});
      CHECK(sandbox.posts.size() == expected);
    }
    sandbox.pass(seconds{wait > minutes{0} ? 1 : 0});
    CHECK(sandbox.posts.size() == ++expected);
  }
  sandbox.pass(hours{48});
  CHECK(sandbox.posts.size() == 6);
  CHECK(header(sandbox.posts[0], "X-Webhook-ID") == header(sandbox.posts[5], "X-Webhook-ID"));
  CHECK(header(sandbox.posts[0], "X-Webhook-Timestamp") != header(sandbox.posts[5], "X-Webhook-Timestamp"));
  CHECK(stats(sandbox)["failedWebhookDeliveries"] == 1);
  CHECK(stats(sandbox)["totalWebhookDeliveries"] == 1);
}

TEST_CASE("a retry that succeeds is the last, and a permanent refusal is not retried") {
  Sandbox sandbox;
  set_account_webhook(sandbox);
  sandbox.endpoint_answers = {.status = 0, .error = "Connection"};
  sandbox.simulator.inject_text("+14155550120", sandbox.starter_number(), "one");
  sandbox.pass(seconds{0});
  sandbox.endpoint_answers = {.status = 204};
  sandbox.pass(minutes{5});
  CHECK(stats(sandbox)["successfulWebhookDeliveries"] == 1);
  sandbox.endpoint_answers = {.status = 410};
  sandbox.simulator.inject_text("+14155550120", sandbox.starter_number(), "two");
  sandbox.pass(hours{48});
  CHECK(sandbox.posts.size() == 3);
  CHECK(stats(sandbox)["failedWebhookDeliveries"] == 1);
}

TEST_CASE("the test event says what the endpoint did, in both sets of names") {
  Sandbox sandbox;
  set_account_webhook(sandbox);
  const Answered good = sandbox.post("/v1/webhooks/test?agentId=" + sandbox.starter_agent(), nullptr);
  CHECK(good.body["success"] == true);
  CHECK(good.body["httpStatus"] == 200);
  CHECK(good.body["statusCode"] == 200);
  CHECK(good.body["responseMs"].is_number());
  CHECK(good.body["error"].is_null());
  CHECK(event_of(sandbox.posts[0])["conversationState"]["testMode"] == true);
  sandbox.endpoint_answers = {.status = 500};
  const Answered bad = sandbox.post("/v1/webhooks/test", nullptr);
  CHECK(bad.body["success"] == false);
  CHECK(bad.body["statusCode"] == 500);
  CHECK(!Sandbox::text(bad.body, "errorMessage").empty());
  CHECK(sandbox.post("/v1/webhooks/test?agentId=agt_none", nullptr).status == 404);
  CHECK(stats(sandbox)["totalWebhookDeliveries"] == 2);
}

TEST_CASE("nothing is sent to a URL that is not on this machine") {
  for (const char* url :
       {"https://hooks.example.com/x", "http://example.com/", "http://127.0.0.1.example.com/", "http://user@127.0.0.1/",
        "https://127.0.0.1/", "http://10.0.0.1/", "http://127.0.0.1:99999/", "http://[::2]/", "http:///x"}) {
    CAPTURE(url);
    CHECK_FALSE(sandbox::parse_loopback_url(url).has_value());
    const sandbox::PostResult result = sandbox::post_to_loopback({.url = url, .body = "{}", .headers = {}}, {});
    CHECK(result.status == 0);
    CHECK(result.error.find("not a loopback") != std::string::npos);
  }
  const auto url = sandbox::parse_loopback_url("http://[::1]:8080/a/b?c=d#e");
  REQUIRE(url.has_value());
  CHECK(url->host == "::1");
  CHECK(url->port == 8080);
  CHECK(url->target == "/a/b?c=d");
  CHECK(sandbox::parse_loopback_url("http://localhost")->target == "/");
}

TEST_CASE("an event for a URL elsewhere counts as failed at once") {
  Sandbox sandbox;
  set_account_webhook(sandbox, "https://hooks.example.com/x");
  sandbox.endpoint_answers = {.status = 0, .error = "not a loopback http URL"};
  sandbox.simulator.inject_text("+14155550120", sandbox.starter_number(), "hello");
  sandbox.pass(hours{48});
  CHECK(sandbox.posts.size() == 1);
  CHECK(stats(sandbox)["failedWebhookDeliveries"] == 1);
}

}  // namespace apmcp::test

TEST_SUITE_END();

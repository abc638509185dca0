#include "inbox/endpoint.h"

#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "inbox/sqlite_inbox.h"
#include "support/log_file.h"
#include "support/manual_clock.h"
#include "webhook/receiver.h"
#include "webhook/signature.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::inbox {
namespace {

using listener::HttpRequest;
using listener::HttpResponse;

constexpr const char* kEndpointSecret = "whsec_test_4f1d2c";

class NobodyElse final : public listener::Peer {
 public:
  Event wait(const platform::WakeEvent& /*wake*/, std::chrono::milliseconds /*limit*/) override {
    return Event::kTimeout;
  }

  bool write(std::string_view /*bytes*/) override { return false; }
};

/// A disk that is full.
class FullInbox final : public Inbox {
 public:
  Result<bool> keep(const webhook::Received& /*received*/, std::string_view /*body*/) override {
    return Error{.message = "The disk is full."};
  }

  Result<EventPage> list(const EventQuery& /*query*/) override { return EventPage{}; }
};

class EndpointFixture {
 public:
  EndpointFixture() {
    auto opened = open_inbox({.file = ":memory:", .clock = &clock});
    REQUIRE(opened);
    inbox = *std::move(opened);
  }

  HttpRequest delivery(const std::string& id, const std::string& body) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
    const std::string timestamp = std::to_string(seconds);
    return {.method = "POST",
            .path = "/webhooks/agentphone",
            .headers = {{"x-webhook-id", id},
                        {"x-webhook-timestamp", timestamp},
                        {"x-webhook-signature", webhook::sign(kEndpointSecret, timestamp, body)}},
            .body = body};
  }

  Endpoint endpoint(Inbox* other_inbox = nullptr) {
    return make_endpoint({.inbox = other_inbox != nullptr ? other_inbox : inbox.get(),
                          .clock = &clock,
                          .secrets =
                              [] {
                                webhook::SigningSecrets secrets;
                                secrets.known.emplace_back(kEndpointSecret);
                                return secrets;
                              },
                          .voice_answer = {{"text", "Goodbye."}, {"hangup", true}},
                          .on_kept = [this](const webhook::Event& event) { told.push_back(event.name); },
                          .count = [this](std::string_view outcome) { outcomes.emplace_back(outcome); }});
  }

  HttpResponse post(const HttpRequest& request, Inbox* other_inbox = nullptr) {
    NobodyElse peer;
    return endpoint(other_inbox).handler(request, peer);
  }

  std::size_t kept() {
    const auto page = inbox->list({.limit = 100});
    REQUIRE(page);
    return page->events.size();
  }

  test::ManualClock clock;
  std::unique_ptr<Inbox> inbox;
  std::vector<std::string> told;
  std::vector<std::string> outcomes;
};

constexpr const char* kInboundText = R"({"event":"agent.message","channel":"sms","data":{"messageId":"msg_1"}})";

}  // namespace

TEST_CASE("an event is kept and told of once, and every retry is answered like the first") {
  EndpointFixture phone;
  for (int i = 0; i < 3; ++i) CHECK(phone.post(phone.delivery("del_1", kInboundText)).status == 200);
  CHECK(phone.kept() == 1);
  CHECK(phone.told.size() == 1);
}

TEST_CASE("somebody on the line gets the answer that was configured") {
  EndpointFixture phone;
  const HttpResponse answer =
      phone.post(phone.delivery("del_1", R"({"event":"agent.message","channel":"voice","data":{"callId":"call_1"}})"));
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/json");
  CHECK(answer.body == R"({"text":"Goodbye.","hangup":true})");
  CHECK(phone.kept() == 1);
}

TEST_CASE("echoes and unknown events are accepted and not kept") {
  EndpointFixture phone;
  CHECK(
      phone
          .post(phone.delivery("del_1", R"({"event":"agent.message","channel":"sms","data":{"direction":"outbound"}})"))
          .status == 200);
  CHECK(phone.post(phone.delivery("del_2", R"({"event":"agent.contact_shared"})")).status == 200);
  CHECK(phone.kept() == 0);
  CHECK(phone.told.empty());
}

TEST_CASE("what cannot be kept is not confirmed, so that it is sent again") {
  EndpointFixture phone;
  FullInbox full;
  CHECK(phone.post(phone.delivery("del_1", kInboundText), &full).status == 503);
  CHECK(phone.told.empty());
}

TEST_CASE("somebody on the line is answered even when the turn cannot be kept, because nobody says it again") {
  EndpointFixture phone;
  FullInbox full;
  const HttpResponse answer = phone.post(
      phone.delivery("del_1", R"({"event":"agent.message","channel":"voice","data":{"callId":"call_1"}})"), &full);
  CHECK(answer.status == 200);
  CHECK(answer.body == R"({"text":"Goodbye.","hangup":true})");
  CHECK(phone.told.empty());
}

TEST_CASE("a header that is there twice, another path and another method are refused") {
  EndpointFixture phone;
  HttpRequest twice = phone.delivery("del_1", kInboundText);
  twice.headers.push_back(twice.headers.back());
  CHECK(phone.post(twice).status == 400);
  HttpRequest elsewhere = phone.delivery("del_1", kInboundText);
  elsewhere.path = "/mcp";
  CHECK(phone.post(elsewhere).status == 404);
  HttpRequest get = phone.delivery("del_1", kInboundText);
  get.method = "GET";
  CHECK(phone.post(get).status == 405);
  CHECK(phone.kept() == 0);
}

TEST_CASE("what its head gives away is refused before a body is read") {
  EndpointFixture phone;
  const Endpoint endpoint = phone.endpoint();
  HttpRequest head = phone.delivery("del_1", "");
  head.headers.emplace_back("content-length", std::to_string(kMaxDelivery));
  CHECK_FALSE(endpoint.check_head(head).has_value());
  const auto status_of = [&](const std::function<void(HttpRequest&)>& spoil) {
    HttpRequest spoilt = head;
    spoil(spoilt);
    const auto refusal = endpoint.check_head(spoilt);
    return refusal ? refusal->status : 0;
  };
  CHECK(status_of([](HttpRequest& r) { r.headers.back().second = std::to_string(kMaxDelivery + 1); }) == 413);
  CHECK(status_of([](HttpRequest& r) { r.method = "PUT"; }) == 405);
  CHECK(status_of([](HttpRequest& r) { r.path = "/"; }) == 404);
  for (const char* needed : {"x-webhook-signature", "x-webhook-timestamp"}) {
    CHECK(status_of([&](HttpRequest& r) {
            std::erase_if(r.headers, [&](const auto& field) { return field.first == needed; });
          }) == 400);
  }
}

TEST_CASE("a refused delivery is a warning that says what to check, once a minute for each reason") {
  EndpointFixture phone;
  const Endpoint endpoint = phone.endpoint();
  NobodyElse peer;
  const test::LogFile file(log::Format::kText, log::Level::kWarn);
  const auto refused = [&](HttpRequest request) {
    const auto reply = endpoint.handler(request, peer);
    CHECK(reply.status >= 400);
    CHECK(Json::parse(reply.body)["error"].is_string());
  };
  HttpRequest forged = phone.delivery("del_1", kInboundText);
  forged.body += " ";
  HttpRequest bare = phone.delivery("del_2", kInboundText);
  bare.headers.pop_back();
  for (int i = 0; i < 3; ++i) refused(bare);
  const HttpRequest early = phone.delivery("del_3", kInboundText);
  refused(forged);
  phone.clock.advance(std::chrono::seconds(412));
  refused(early);
  refused(bare);
  const auto lines = file.lines();
  REQUIRE(lines.size() == 4);
  for (const auto& [line, part] : {std::pair(0, "proxy"), std::pair(1, "--webhook-secret-file"),
                                   std::pair(2, "age_seconds=412"), std::pair(3, "more_before=2")}) {
    CHECK_MESSAGE(lines.at(static_cast<std::size_t>(line)).find(part) != std::string::npos,
                  lines.at(static_cast<std::size_t>(line)));
  }
  for (const std::string& line : lines) CHECK(line.find(kEndpointSecret) == std::string::npos);
}

TEST_CASE("every delivery is counted by what became of it") {
  EndpointFixture phone;
  FullInbox full;
  for (int i = 0; i < 2; ++i) phone.post(phone.delivery("del_1", kInboundText));
  phone.post(phone.delivery("del_2", R"({"event":"agent.contact_shared"})"));
  HttpRequest forged = phone.delivery("del_3", kInboundText);
  forged.body += " ";
  phone.post(forged);
  phone.post(phone.delivery("del_4", kInboundText), &full);
  CHECK(phone.outcomes == std::vector<std::string>{"kept", "repeated", "ignored", "refused", "not_kept"});
}

}  // namespace apmcp::inbox

TEST_SUITE_END();

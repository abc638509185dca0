#include "agentphone/transcript_stream.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "unit/agentphone/api_fixture.h"

namespace apmcp::agentphone {
namespace {

constexpr const char* kWhole =
    "event: connected\n"
    "data: "
    "{\"callId\":\"call_1\",\"status\":\"in-progress\",\"direction\":\"outbound\",\"toNumber\":\"+14155550100\"}\n\n"
    "event: turn\n"
    "data: {\"role\":\"agent\",\"content\":\"Hi.\",\"createdAt\":\"2026-04-19T17:20:20Z\"}\n\n"
    ": heartbeat\n\n"
    "event: mood\n"
    "data: {\"mood\":\"good\"}\n\n"
    "event: turn\n"
    "data: {\"role\":\"user\",\"content\":\"2 pm or 4 pm?\",\"createdAt\":\"2026-04-19T17:20:31Z\"}\n\n"
    "event: ended\n"
    "data: {\"callId\":\"call_1\",\"status\":\"completed\",\"durationSeconds\":51}\n\n";

std::string told(const TranscriptEvent& event) {
  if (const auto* connected = std::get_if<CallConnected>(&event)) return "connected " + connected->to_number;
  if (const auto* turn = std::get_if<SpokenTurn>(&event))
    return (turn->by_agent ? "agent: " : "them: ") + turn->content;
  return "ended " + std::get<CallEnded>(event).status;
}

struct Followed : test::ApiFixture {
  std::vector<std::string> events;

  Status follow(std::size_t enough = 100) {
    return api.follow_transcript(
        "call_1",
        [&](const TranscriptEvent& event) {
          events.push_back(told(event));
          return events.size() < enough;
        },
        options);
  }
};

TEST_SUITE("unit") {
  TEST_CASE_FIXTURE(Followed, "a transcript is followed to its end") {
    service.stream_body(kWhole);
    CHECK(follow().ok());
    CHECK(events ==
          std::vector<std::string>{"connected +14155550100", "agent: Hi.", "them: 2 pm or 4 pm?", "ended completed"});
    CHECK(service.last().line() == "GET /v1/calls/call_1/transcript/stream");
    CHECK(service.last().bearer == test::kTestKey);
  }

  TEST_CASE_FIXTURE(Followed, "a stream that ends before the call is cut off") {
    service.stream_body(std::string(kWhole).substr(0, std::string(kWhole).find("event: ended")));
    const auto status = follow();
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::kUpstreamDown);
    CHECK(events.size() == 3);
  }

  TEST_CASE_FIXTURE(Followed, "an end that says nothing is an end") {
    service.stream_body("event: ended\ndata: bye\n\n");
    CHECK(follow().ok());
    CHECK(events == std::vector<std::string>{"ended "});
  }

  TEST_CASE_FIXTURE(Followed, "turns that cannot be read are passed over") {
    service.stream_body(
        "event: turn\ndata: [1]\n\nevent: turn\ndata: {\"role\":\"user\"}\n\nevent: ended\ndata: {}\n\n");
    CHECK(follow().ok());
    CHECK(events == std::vector<std::string>{"ended "});
  }

  TEST_CASE_FIXTURE(Followed, "enough is enough") {
    service.stream_body(kWhole);
    CHECK(follow(2).ok());
    CHECK(events.size() == 2);
  }

  TEST_CASE_FIXTURE(Followed, "a refusal is an error like that of any read") {
    service.answer(404, R"({"detail": "Call not found."})");
    const auto status = follow();
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::kNotFound);
  }

  TEST_CASE_FIXTURE(test::ApiFixture, "a call is hung up once") {
    service.answer(200, R"({"id": "call_1", "status": "ending"})");
    const auto ended = api.end_call("call_1", options);
    REQUIRE(ended.ok());
    CHECK(ended->status == "ending");
    CHECK(service.last().line() == "POST /v1/calls/call_1/end");
    service.answer(409, R"({"detail": "Call is not live."})");
    const auto again = api.end_call("call_1", options);
    REQUIRE_FALSE(again.ok());
    CHECK(again.error().code == ErrorCode::kConflict);
    CHECK(again.error().next_step.find("poll_call") != std::string::npos);
  }

  TEST_CASE_FIXTURE(test::ApiFixture, "a call may be asked for until it is over") {
    service.answer(200, R"({"id": "call_1", "status": "completed", "summary": "Booked.", "userSentiment": "Positive",
                           "disconnectionReason": "agent_hangup"})");
    const auto call = api.get_call("call_1", options, std::chrono::seconds{10});
    REQUIRE(call.ok());
    CHECK(call->summary == "Booked.");
    CHECK(call->disconnection_reason == "agent_hangup");
    CHECK(service.last().target == "/v1/calls/call_1?wait=true&timeout=10");
  }
}

}  // namespace
}  // namespace apmcp::agentphone

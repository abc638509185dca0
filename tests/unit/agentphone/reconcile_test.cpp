#include "agentphone/reconcile.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "api_fixture.h"

namespace {

using apmcp::Error;
using apmcp::ErrorCode;
using apmcp::agentphone::Agent;
using apmcp::agentphone::Call;
using apmcp::agentphone::find_bought_number;
using apmcp::agentphone::find_created_agent;
using apmcp::agentphone::find_placed_call;
using apmcp::agentphone::find_sent_message;
using apmcp::agentphone::Finding;
using apmcp::agentphone::kClockTolerance;
using apmcp::agentphone::match_agent;
using apmcp::agentphone::match_call;
using apmcp::agentphone::match_message;
using apmcp::agentphone::match_number;
using apmcp::agentphone::Message;
using apmcp::agentphone::PhoneNumber;
using apmcp::agentphone::SendMessageRequest;
using apmcp::agentphone::with_finding;
using apmcp::test::ApiFixture;
using std::chrono::sys_days;
using std::chrono::year;

constexpr auto kAttempt = sys_days{year{2026} / 4 / 19} + std::chrono::hours{17};

const SendMessageRequest kRequest{.agent_id = "agt_1", .to_number = "+14155559999", .body = "See you"};

Message message(std::string id, std::string received_at) {
  return {.id = std::move(id),
          .to_number = "+14155559999",
          .body = "See you",
          .direction = "outbound",
          .received_at = std::move(received_at)};
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a message counts when recipient, text, direction and time all fit") {
    const Message good = message("m1", "2026-04-19T17:00:02Z");
    std::vector<Message> rows{good};
    CHECK(match_message(rows, kRequest, kAttempt) == "m1");
    rows[0].body = "See you!";
    CHECK_FALSE(match_message(rows, kRequest, kAttempt));
    rows[0] = good;
    rows[0].to_number = "+14155550000";
    CHECK_FALSE(match_message(rows, kRequest, kAttempt));
    rows[0] = good;
    rows[0].direction = "inbound";
    CHECK_FALSE(match_message(rows, kRequest, kAttempt));
    rows[0] = message("m1", "not a time");
    CHECK_FALSE(match_message(rows, kRequest, kAttempt));
  }

  TEST_CASE("an equal message from before the attempt does not count, but a clock may be a second off") {
    std::vector<Message> rows{message("old", "2026-04-19T16:59:40Z")};
    CHECK_FALSE(match_message(rows, kRequest, kAttempt));
    rows.push_back(message("skewed", "2026-04-19T16:59:59Z"));
    CHECK(match_message(rows, kRequest, kAttempt) == "skewed");
    rows.push_back(message("newest", "2026-04-19T17:00:05Z"));
    rows.push_back(message("newer", "2026-04-19T17:00:01Z"));
    CHECK(match_message(rows, kRequest, kAttempt) == "newest");
  }

  TEST_CASE("a row counts from the clock tolerance before the attempt on, and not earlier") {
    CHECK(kClockTolerance == std::chrono::seconds{2});
    std::vector<Message> rows{message("earlier", "2026-04-19T16:59:57Z")};
    CHECK_FALSE(match_message(rows, kRequest, kAttempt));
    rows.push_back(message("just in", "2026-04-19T16:59:58Z"));
    CHECK(match_message(rows, kRequest, kAttempt) == "just in");
  }

  TEST_CASE("calls, numbers and agents are matched by what was asked for") {
    const std::vector<Call> calls{
        {.id = "in", .to_number = "+14155559999", .direction = "inbound", .started_at = "2026-04-19T17:00:01Z"},
        {.id = "out", .to_number = "+14155559999", .direction = "outbound", .started_at = "2026-04-19T17:00:01Z"}};
    CHECK(match_call(calls, {.agent_id = "agt_1", .to_number = "+14155559999"}, kAttempt) == "out");
    CHECK_FALSE(match_call(calls, {.agent_id = "agt_1", .to_number = "+14155550000"}, kAttempt));

    const std::vector<PhoneNumber> numbers{{.id = "n1",
                                            .phone_number = "+14155551234",
                                            .country = "US",
                                            .created_at = "2026-04-19T17:00:01Z",
                                            .agent_id = "agt_1"}};
    CHECK(match_number(numbers, {.country = "US", .area_code = "415", .agent_id = "agt_1"}, kAttempt) == "n1");
    CHECK(match_number(numbers, {.country = "US"}, kAttempt) == "n1");
    CHECK_FALSE(match_number(numbers, {.country = "CA"}, kAttempt));
    CHECK_FALSE(match_number(numbers, {.country = "US", .area_code = "212"}, kAttempt));
    CHECK_FALSE(match_number(numbers, {.country = "US", .agent_id = "agt_2"}, kAttempt));

    const std::vector<Agent> agents{{.id = "a1", .name = "Caller", .created_at = "2026-04-19T17:00:01Z"}};
    CHECK(match_agent(agents, {.name = "Caller"}, kAttempt) == "a1");
    CHECK_FALSE(match_agent(agents, {.name = "Other"}, kAttempt));
  }

  TEST_CASE("a message sent from a named number is looked up with one read") {
    ApiFixture f;
    f.service.answer(200, R"({"data": [{"id": "m1", "from_": "+1", "to": "+14155559999", "body": "See you",
      "direction": "outbound", "receivedAt": "2026-04-19T17:00:01Z"}], "hasMore": false})");
    SendMessageRequest request = kRequest;
    request.number_id = "num_1";
    const Finding finding = find_sent_message(f.api, request, kAttempt, f.options);
    CHECK(finding.state == Finding::State::kFound);
    CHECK(finding.id == "m1");
    CHECK(f.service.count() == 1);
    CHECK(f.service.last().line() == "GET /v1/numbers/num_1/messages?limit=100");
    CHECK(f.service.last().timeout <= std::chrono::seconds{10});
  }

  TEST_CASE("without a number the agent's thread with the recipient is read, two reads in all") {
    ApiFixture f;
    f.service
        .answer(200, R"({"data": [{"id": "c0", "participant": "+1"}, {"id": "c1", "participant": "+14155559999"}]})")
        .answer(200, R"({"id": "c1", "participant": "+14155559999", "messages": []})");
    const Finding finding = find_sent_message(f.api, kRequest, kAttempt, f.options);
    CHECK(finding.state == Finding::State::kNotSeen);
    CHECK(finding.note.find("list_messages") != std::string::npos);
    CHECK(f.service.count() == 2);
    CHECK(f.service.last().line() == "GET /v1/conversations/c1?message_limit=100");
  }

  TEST_CASE("the other writes are looked up too, by reading only") {
    ApiFixture f;
    f.service.answer(200, R"({"data": []})")
        .answer(200, R"({"data": []})")
        .answer(200, R"({"data": [{"id": "a1", "name": "other"}], "hasMore": true, "total": 150})")
        .answer(200, R"({"data": [{"id": "a2", "name": "me", "createdAt": "2026-04-19T17:00:01Z"}]})");
    CHECK(find_placed_call(f.api, {.agent_id = "agt_1", .to_number = "+1"}, kAttempt, f.options).state ==
          Finding::State::kNotSeen);
    CHECK(find_bought_number(f.api, {.country = "US"}, kAttempt, f.options).state == Finding::State::kNotSeen);
    CHECK(find_created_agent(f.api, {.name = "me"}, kAttempt, f.options).id == "a2");
    for (const auto& request : f.service.sent()) CHECK(request.line().starts_with("GET "));
    CHECK(f.service.last().line() == "GET /v1/agents?limit=100&offset=50");
  }

  TEST_CASE("a look that fails is told apart from one that saw nothing") {
    ApiFixture f;
    f.service.answer(500, "").fail(ErrorCode::kUpstreamDown);
    CHECK(find_sent_message(f.api, kRequest, kAttempt, f.options).state == Finding::State::kCouldNotLook);
    CHECK(find_bought_number(f.api, {.country = "US"}, kAttempt, f.options).state == Finding::State::kCouldNotLook);
  }

  TEST_CASE("what was found completes the error and keeps its code") {
    const Error unknown{.code = ErrorCode::kOutcomeUnknown, .message = "No answer", .next_step = "look"};
    const Error found = with_finding(unknown, {.state = Finding::State::kFound, .id = "m1", .note = "It is there."});
    CHECK(found.code == ErrorCode::kOutcomeUnknown);
    CHECK(found.message == "No answer. It is there.");
    CHECK(found.data["looked"] == "found");
    CHECK(found.data["found_id"] == "m1");
    CHECK(found.next_step.find("m1") != std::string::npos);
    const Error unseen = with_finding(unknown, {.state = Finding::State::kNotSeen, .note = "Not yet."});
    CHECK(unseen.data["looked"] == "not_seen");
    CHECK(unseen.next_step == "look");
  }
}

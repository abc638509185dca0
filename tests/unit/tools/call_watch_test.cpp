#include "tools/call_watch.h"

#include <stop_token>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "mcp/revision.h"
#include "support/manual_clock.h"
#include "unit/agentphone/api_fixture.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp::tools {
namespace {

using Lines = std::vector<std::string>;
using std::chrono::seconds;

const std::string kConnected =
    "event: connected\ndata: {\"status\":\"in-progress\",\"direction\":\"outbound\",\"toNumber\":\"+14155550123\"}\n\n";
const std::string kEnded = "event: ended\ndata: {\"status\":\"completed\",\"durationSeconds\":51}\n\n";

std::string turn(const std::string& role, const std::string& content, const std::string& second) {
  return "event: turn\ndata: {\"role\":\"" + role + "\",\"content\":\"" + content +
         "\",\"createdAt\":\"2026-04-19T17:20:" + second + "Z\"}\n\n";
}

const std::string kHello = turn("agent", "Hi.", "20");
const std::string kOffer = turn("user", "2 pm or 4 pm?", "31");
const std::string kChoice = turn("agent", "2 pm.", "33");

std::string call_row(const std::string& status, const std::string& more = "") {
  return R"({"id":"call_1","direction":"outbound","toNumber":"+14155550123","status":")" + status + "\"" + more + "}";
}

/// One watch of call_1 against a script, for a client that shows progress.
struct Watched : test::ApiFixture {
  struct Sink final : mcp::NotificationSink {
    void notify(std::string_view method, const Json& params) override {
      CHECK(method == "notifications/progress");
      told.push_back(params["message"].get<std::string>());
      CHECK(params["progress"] == told.size());
      if (on_progress) on_progress();
    }

    Lines told;
    std::function<void()> on_progress;
  };

  Watched() {
    context.revision = &mcp::latest_with_handshake();
    context.progress_token = "p";
    context.sink = &sink;
    services.publish = [this](const mcp::Change& change) { published.push_back(change.uri); };
  }

  Result<CallView> watch(seconds wait = seconds{5}) { return watch_call({.id = "call_1"}, wait, call); }

  Lines asked() const {
    Lines lines;
    for (const auto& request : service.sent()) lines.push_back(request.line());
    return lines;
  }

  test::PlainNumberPlan number_plan;
  policy::Disclosure disclosure = policy::Disclosure::off();
  test::ManualClock clock;
  ToolServices services{
      .api = api, .credentials = credentials, .number_plan = number_plan, .disclosure = disclosure, .clock = clock};
  mcp::RequestContext context;
  Sink sink;
  Lines published;
  ToolCall call{.services = services, .context = context, .options = options};
};

const std::string kStream = "GET /v1/calls/call_1/transcript/stream";
const std::string kRead = "GET /v1/calls/call_1";

TEST_SUITE("unit") {
  TEST_CASE_FIXTURE(Watched, "a watched call is told sentence by sentence, and then how it ended") {
    service.stream_body(kConnected + kHello + kOffer + kChoice + kEnded)
        .answer(200, call_row("completed", R"(,"summary":"Booked.","disconnectionReason":"user_hangup")"));
    const auto view = watch();
    REQUIRE(view.ok());
    CHECK(sink.told == Lines{"agent: Hi.", "+14155550123: 2 pm or 4 pm?", "agent: 2 pm."});
    Json out;
    report_call(*view, out);
    CHECK(out["outcome"] == "completed");
    CHECK(out["duration_seconds"] == 51);
    CHECK(out["ended_by"] == "them");
    CHECK(out["summary"] == "Booked.");
    CHECK(out["transcript"].size() == 3);
    CHECK(published == Lines{"agentphone://calls/call_1", "agentphone://calls/call_1/transcript",
                             "agentphone://calls/call_1/transcript", "agentphone://calls/call_1/transcript",
                             "agentphone://calls/call_1"});
  }

  TEST_CASE_FIXTURE(Watched, "after a cut the stream is read again, and nothing is told twice") {
    const std::string again = turn("agent", "Hi.", "25");
    service.stream_body(kConnected + kHello + kHello + kOffer)
        .answer(200, call_row("in-progress", R"(,"transcripts":[{"transcript":"","response":"Hi.","createdAt":"x"}])"))
        .stream_body(kConnected + kHello + kHello + kOffer + again + kEnded)
        .answer(200, call_row("completed"));
    REQUIRE(watch().ok());
    CHECK(sink.told == Lines{"agent: Hi.", "agent: Hi.", "+14155550123: 2 pm or 4 pm?", "agent: Hi."});
    CHECK(asked() == Lines{kStream, kRead, kStream, kRead});
  }

  TEST_CASE_FIXTURE(Watched, "where there is no stream the call is asked for again and again") {
    service.answer(404, R"({"detail":"Not Found"})")
        .answer(200, call_row("in-progress", R"(,"transcripts":[{"transcript":"Hello?","response":null}])"))
        .answer(200, call_row("completed", R"(,"transcripts":[{"transcript":"Hello?","response":"Hi."}])"));
    const auto view = watch(seconds{30});
    REQUIRE(view.ok());
    CHECK(sink.told == Lines{"+14155550123: Hello?", "agent: Hi."});
    // The first answer came at once, so this service holds nothing.
    CHECK(asked() == Lines{kStream, kRead + "?wait=true&timeout=10", kRead});
    CHECK(view->turns.size() == 2);
  }

  TEST_CASE_FIXTURE(Watched, "a service that cannot hold its answer is asked without") {
    service.answer(404, R"({"detail":"Not Found"})")
        .answer(422, R"({"detail":[{"loc":["query","wait"],"msg":"no","type":"extra_forbidden"}]})")
        .answer(200, call_row("busy"));
    const auto view = watch(seconds{30});
    REQUIRE(view.ok());
    CHECK(outcome_of(view->call, view->turns) == "busy");
    CHECK(asked().back() == kRead);
  }

  TEST_CASE_FIXTURE(Watched, "two streams that tell nothing are enough") {
    service.fail(ErrorCode::kUpstreamDown)
        .answer(200, call_row("ringing"))
        .fail(ErrorCode::kUpstreamDown)
        .answer(200, call_row("ringing"))
        .answer(200, call_row("no-answer"));
    const auto view = watch(seconds{9});
    REQUIRE(view.ok());
    CHECK(asked() == Lines{kStream, kRead, kStream, kRead, kRead});
    CHECK(outcome_of(view->call, view->turns) == "no_answer");
  }

  TEST_CASE_FIXTURE(Watched, "whoever stops waiting hangs up on nobody") {
    std::stop_source source;
    context.stop = source.get_token();
    sink.on_progress = [&] { source.request_stop(); };
    service.stream_body(kConnected + kHello + kOffer);
    const auto view = watch();
    REQUIRE(view.ok());
    CHECK(view->call.id == "call_1");
    CHECK(view->remark.find("does not hang up") != std::string::npos);
    CHECK(asked() == Lines{kStream});
    Json out;
    const std::string text = report_call(*view, out);
    CHECK(out["call_id"] == "call_1");
    CHECK(out["live"] == true);
    CHECK(text.find("does not hang up") != std::string::npos);
  }

  TEST_CASE_FIXTURE(Watched, "when the time is up the answer says how to go on") {
    service.answer(200, call_row("in-progress"));
    const auto view = watch(seconds{0});
    REQUIRE(view.ok());
    Json out;
    report_call(*view, out);
    CHECK(out["live"] == true);
    CHECK_FALSE(out.contains("outcome"));
    CHECK(out["next_step"].get<std::string>().find("poll_call with call_id call_1 and wait_seconds") !=
          std::string::npos);
  }

  TEST_CASE_FIXTURE(Watched, "a client that shows no progress is answered in time, whatever the tool did before") {
    context.progress_token = nullptr;
    call.started -= kLongestSilentWait;
    const auto view = watch_call({.id = "call_1", .status = "ringing"}, seconds{600}, call);
    REQUIRE(view.ok());
    CHECK(view->call.status == "ringing");
    CHECK_MESSAGE(asked().empty(), "no time is left for another look");
  }

  TEST_CASE_FIXTURE(Watched, "what was over before the watch is no news for subscribers") {
    service
        .stream_body("event: connected\ndata: {\"status\":\"completed\",\"toNumber\":\"+14155550123\"}\n\n" + kHello +
                     kEnded)
        .answer(200, call_row("completed"));
    REQUIRE(watch().ok());
    CHECK(sink.told == Lines{"agent: Hi."});
    CHECK(published.empty());
  }

  TEST_CASE_FIXTURE(Watched, "a service that holds its answer too long does not hold up the watch") {
    service.answer(404, R"({"detail":"Not Found"})").answer(200, call_row("completed"));
    REQUIRE(watch(seconds{600}).ok());
    CHECK(service.sent().back().timeout <= seconds{10} + options.timeout);
  }

  TEST_CASE_FIXTURE(Watched, "an error names the call") {
    service.answer(404, R"({"detail":"Not Found"})").answer(404, R"({"detail":"Call not found."})");
    const auto view = watch();
    REQUIRE_FALSE(view.ok());
    CHECK(view.error().code == ErrorCode::kNotFound);
    CHECK(view.error().data["call_id"] == "call_1");
    CHECK(view.error().message.find("call_1") != std::string::npos);
  }

  TEST_CASE_FIXTURE(Watched, "a sentence is one short line of visible text") {
    std::string long_turn;
    for (int i = 0; i < 150; ++i) long_turn += "\u00e9\\n";
    service.stream_body(kConnected + turn("user", long_turn, "20") + kEnded).answer(200, call_row("completed"));
    REQUIRE(watch().ok());
    REQUIRE(sink.told.size() == 1);
    const std::string& told = sink.told.front();
    CHECK(std::count_if(told.begin(), told.end(), [](char c) { return (c & 0xC0) != 0x80; }) == 200);
    CHECK(told.ends_with("\u2026"));
    CHECK(told.find('\n') == std::string::npos);
  }

  TEST_CASE("a call that was placed is never lost, whatever happens to the watch") {
    test::PhoneFixture phone;
    phone.upstream.on("GET /v1/calls/call_2", R"({"detail":"Invalid API key."})", 401);
    const Json answer = phone.ok("place_call", {{"agent_id", "agt_1"},
                                                {"to_number", "+14155550123"},
                                                {"system_prompt", "Book a table."},
                                                {"wait_seconds", 5}});
    CHECK(answer["call_id"] == "call_2");
    CHECK(answer["live"] == true);
    CHECK(answer["remark"].get<std::string>().find("could not be watched") != std::string::npos);
    CHECK(phone.upstream.writes() == 1);
  }

  TEST_CASE("who or what answered is told by its words when the service does not tell") {
    const auto outcome = [](const std::string& status, const std::vector<std::string>& heard) {
      std::vector<agentphone::SpokenTurn> turns{
          {.by_agent = true, .content = "Hi, leave a message?", .created_at = ""}};
      for (const std::string& words : heard) turns.push_back({.by_agent = false, .content = words, .created_at = ""});
      agentphone::Call over;
      over.status = status;
      return outcome_of(over, turns).value_or("live");
    };
    CHECK(outcome("in-progress", {}) == "live");
    CHECK(outcome("canceled", {}) == "failed");
    CHECK(outcome("completed", {}) == "completed");
    CHECK(outcome("completed", {"Please leave a message after the tone.", "(beep)"}) == "voicemail");
    CHECK(outcome("completed", {"Sam is not available. Leave your message at the tone."}) == "voicemail");
    CHECK(outcome("completed", {"The person at this extension is not available; their mailbox is full."}) ==
          "voicemail");
    CHECK(outcome("completed", {"She is not available. Bye."}) == "completed");
    CHECK(outcome("completed", {"Salon. I got your message, thanks.", "Bye."}) == "completed");
    CHECK(outcome("completed", {"Salon.", "She is out; leave a message with me.", "Bye"}) == "completed");
    CHECK(outcome("completed", {"Hi, is this a voicemail? Just kidding.", "2 pm?", "Bye."}) == "completed");
    CHECK(outcome("completed", {"I use a call screening service. Say your name.", "They are not available."}) ==
          "screened");
  }
}

}  // namespace
}  // namespace apmcp::tools

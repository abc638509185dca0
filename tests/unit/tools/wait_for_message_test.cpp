#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "support/manual_clock.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

constexpr const char* kNumbersRoute = "GET /v1/numbers";
constexpr const char* kTextsRoute = "GET /v1/numbers/num_1/messages";

std::string text_row(const std::string& id, const std::string& body, const std::string& at) {
  return R"({"id":")" + id + R"(","from_":"+14155550123","to":"+14155550100","body":")" + body +
         R"(","direction":"inbound","channel":"sms","receivedAt":")" + at + "\"}";
}

std::string rows(const std::string& all, bool has_more = false) {
  return R"({"data":[)" + all + R"(],"hasMore":)" + (has_more ? "true}" : "false}");
}

std::string many_numbers(int count) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    all += (i == 0 ? "" : ",") + std::string(R"({"id":"num_)") + std::to_string(i) +
           R"(","phoneNumber":"+14155550100","country":"US","status":"active","type":"sms"})";
  }
  return all;
}

/// Each answer takes its time, and a request no longer than it may.
class SlowUpstream final : public http::HttpTransport {
 public:
  SlowUpstream(http::HttpTransport& upstream, const Clock& clock) : upstream_(upstream), clock_(clock) {}

  Result<http::HttpResponse> send(const http::HttpRequest& request, const http::CallOptions& options) override {
    static_cast<void>(clock_.real_time_until(clock_.now() + std::min(time, options.timeout)));
    if (time > options.timeout) return Error{.code = ErrorCode::kTimeout, .message = "too slow"};
    return upstream_.send(request, options);
  }

  Result<http::HttpResponse> stream(const http::HttpRequest& request, const http::CallOptions& options,
                                    const http::BodySink& on_bytes) override {
    return upstream_.stream(request, options, on_bytes);
  }

  std::chrono::milliseconds time{0};

 private:
  http::HttpTransport& upstream_;
  const Clock& clock_;
};

/// Time stands still: a wait ends when it is woken and time has moved on.
class StillWait {
 public:
  explicit StillWait(double speed = 1.0) {
    phone.services.texts = &texts;
    phone.upstream.on(kTextsRoute, rows(""));
    phone.upstream.when_asked = [this](const std::string& /*line*/) {
      ++looks_;
      looks_.notify_all();
    };
    services.speed = speed;
    context.progress_token = 1;
    context.stop = stop.get_token();
    waiting = std::jthread([this] {
      answer = test::call_tool("wait_for_message", {{"number_id", "num_1"}, {"wait_seconds", 300}}, services, context);
    });
  }

  ~StillWait() { stop.request_stop(); }

  StillWait(const StillWait&) = delete;
  StillWait& operator=(const StillWait&) = delete;

  /// Waits until the texts were asked for so often.
  void wait_looks(int times) {
    for (int now = looks_; now < times; now = looks_) looks_.wait(now);
  }

  [[nodiscard]] int looks() const { return looks_; }

  Result<tools::ToolOutput> result() {
    waiting.join();
    return *answer;
  }

  test::PhoneFixture phone;
  Notifier texts;
  test::ManualClock clock;
  tools::ToolServices services{.api = phone.api,
                               .credentials = phone.credentials,
                               .number_plan = phone.number_plan,
                               .disclosure = phone.disclosure,
                               .clock = clock,
                               .texts = &texts};
  mcp::RequestContext context;
  std::stop_source stop;
  std::optional<Result<tools::ToolOutput>> answer;

 private:
  std::atomic<int> looks_ = 0;
  std::jthread waiting;
};

TEST_SUITE("unit") {
  TEST_CASE("a text at one number wakes only who waits for that number") {
    StillWait wait;
    wait.wait_looks(1);
    wait.clock.advance(std::chrono::milliseconds{1'000});
    for (int i = 0; i < 100; ++i) wait.texts.notify("num_2");
    wait.texts.notify("num_1");
    wait.wait_looks(2);
    CHECK(wait.looks() == 2);
  }

  TEST_CASE("many texts at once cost one look per first pause, and none is missed") {
    StillWait wait;
    wait.wait_looks(1);
    for (int i = 0; i < 1'000; ++i) wait.texts.notify("num_1");
    wait.clock.advance(std::chrono::milliseconds{999});
    for (int i = 0; i < 1'000; ++i) wait.texts.notify("num_1");
    CHECK(wait.looks() == 1);
    wait.clock.advance(std::chrono::milliseconds{1});
    wait.texts.notify("num_1");
    wait.wait_looks(2);
    for (int i = 0; i < 1'000; ++i) wait.texts.notify("num_1");
    CHECK(wait.looks() == 2);
  }

  TEST_CASE("the pauses between looks pass in sandbox time, and the limit in real time") {
    StillWait wait(20.0);
    wait.wait_looks(1);
    wait.clock.advance(std::chrono::milliseconds{50});
    wait.texts.notify("num_1");
    wait.wait_looks(2);
    wait.clock.advance(std::chrono::seconds{299});
    wait.texts.notify("num_1");
    wait.wait_looks(3);
    wait.clock.advance(std::chrono::seconds{1});
    wait.texts.notify("num_1");  // with or without one more look, as the wait learns of the time
    CHECK(wait.result()->structured["found"] == false);
  }

  TEST_CASE("where AgentPhone's clock is ahead, texts and their age are told by it") {
    test::PhoneFixture phone;
    test::ManualClock ahead;
    ahead.advance(std::chrono::hours{3});
    phone.services.service_clock = &ahead;
    phone.upstream.on(kTextsRoute, rows(text_row("msg_1", "Hello", "2026-01-01T02:59:30Z")));
    const Json answer = phone.ok("wait_for_message", {{"number_id", "num_1"}, {"wait_seconds", 0}});
    CHECK(answer["age_seconds"] == 30);
    CHECK(phone.upstream.lines().front().find("after=2026-01-01T02") != std::string::npos);
  }

  TEST_CASE("of two texts in the same second both are told, one after the other, and none twice") {
    test::PhoneFixture phone;
    const std::string at = "2026-04-19T17:20:11Z";
    const std::string two = text_row("msg_2", "second", at) + "," + text_row("msg_1", "first", at);
    phone.upstream.on(kTextsRoute, rows(two));
    const Json first = phone.ok("wait_for_message", {{"number_id", "num_1"}, {"wait_seconds", 0}});
    CHECK(first["message"]["body"] == "first");
    CHECK(first["continue_with"]["since"] == "2026-04-19T17:20:10.000Z");
    const Json second = phone.ok("wait_for_message", first["continue_with"]);
    CHECK(second["message"]["body"] == "second");
    CHECK(second["other_texts"] == 0);
    const Json none = phone.ok("wait_for_message", second["continue_with"]);
    CHECK(none["found"] == false);
    phone.upstream.on(kTextsRoute, rows(text_row("msg_3", "third", at) + "," + two));
    CHECK(phone.ok("wait_for_message", none["continue_with"])["message"]["body"] == "third");
  }

  TEST_CASE("a code that was refused as old is not told again") {
    test::PhoneFixture phone;
    phone.upstream.on(kTextsRoute, rows(text_row("msg_2", "Your code is 222222", "2026-04-19T17:20:11Z") + "," +
                                        text_row("msg_1", "Your code is 111111", "2026-04-19T17:20:10Z")));
    const Json arguments{{"number_id", "num_1"}, {"extract", "code"}, {"wait_seconds", 0}};
    const Json newest = phone.ok("wait_for_message", arguments);
    CHECK(newest["code"] == "222222");
    CHECK(phone.ok("wait_for_message", newest["continue_with"])["found"] == false);
  }

  TEST_CASE("more numbers than can be watched are not watched in part: one has to be named") {
    test::PhoneFixture phone;
    phone.upstream.on(kNumbersRoute, rows(many_numbers(100), true));
    const Error error = phone.failure("wait_for_message", {{"wait_seconds", 0}});
    CHECK(error.code == ErrorCode::kBadArguments);
    CHECK(error.data["field"] == "number_id");
  }

  TEST_CASE("a mistake names its field and what was expected, with an example") {
    test::PhoneFixture phone;
    const Error error = phone.failure("wait_for_message", {{"since", "yesterday"}});
    CHECK(error.data["field"] == "since");
    CHECK(error.data["expected"].get<std::string>().find("2026-04-19T17:20:11Z") != std::string::npos);
    CHECK(phone.failure("wait_for_message", {{"from", "x"}}).data["field"] == "from");
  }

  TEST_CASE("without progress the whole call is answered within 45 seconds, however slow the service") {
    for (const int slow_ms : {0, 900, 4'000, 20'000}) {
      CAPTURE(slow_ms);
      test::PhoneFixture phone;
      phone.upstream.on(kNumbersRoute, rows(many_numbers(12))).on("GET /v1/numbers/num_0/messages", rows(""));
      for (int i = 1; i < 12; ++i) {
        phone.upstream.on("GET /v1/numbers/num_" + std::to_string(i) + "/messages", rows(""));
      }
      SlowUpstream slow(phone.upstream, phone.clock);
      slow.time = std::chrono::milliseconds(slow_ms);
      agentphone::AgentPhoneApi api(slow, phone.credentials);
      const auto start = phone.clock.now();
      mcp::RequestContext context;
      tools::ToolServices services{.api = api,
                                   .credentials = phone.credentials,
                                   .number_plan = phone.number_plan,
                                   .disclosure = phone.disclosure,
                                   .clock = phone.clock};
      const auto answer = test::call_tool("wait_for_message", {{"wait_seconds", 600}}, services, context);
      CHECK(phone.clock.now() - start <= std::chrono::seconds{45});
      CHECK((answer.ok() || answer.error().code == ErrorCode::kTimeout));
    }
  }

  TEST_CASE("an inbox that nothing ever reached leaves the pauses short") {
    test::PhoneFixture phone;
    Notifier texts;
    phone.turn_inbox_on();
    phone.services.texts = &texts;
    phone.context.progress_token = 1;
    phone.upstream.on(kTextsRoute, rows(""));
    const Json arguments{{"number_id", "num_1"}, {"wait_seconds", 300}};
    phone.ok("wait_for_message", arguments);
    const std::size_t unannounced = phone.upstream.lines().size();
    CHECK(unannounced >= 60);
    texts.notify("num_1");
    phone.ok("wait_for_message", arguments);
    CHECK(phone.upstream.lines().size() - unannounced < 25);
  }
}

}  // namespace
}  // namespace apmcp

#include <future>
#include <mutex>

#include <doctest/doctest.h>

#include "patterns/re2_pattern.h"
#include "tools/catalog.h"
#include "tools/invoke.h"
#include "unit/sandbox/sandbox_fixture.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

using std::chrono::seconds;

constexpr const char* kBank = "+14155550150";
constexpr const char* kShop = "+14155550151";

/// Tells when the first request is made: whoever makes it is at work.
class NoticedUpstream final : public http::HttpTransport {
 public:
  explicit NoticedUpstream(http::HttpTransport& upstream) : upstream_(upstream) {}

  Result<http::HttpResponse> send(const http::HttpRequest& request, const http::CallOptions& options) override {
    std::call_once(once_, [this] { asked_.set_value(); });
    return upstream_.send(request, options);
  }

  Result<http::HttpResponse> stream(const http::HttpRequest& request, const http::CallOptions& options,
                                    const http::BodySink& on_bytes) override {
    return upstream_.stream(request, options, on_bytes);
  }

  void wait_for_first_request() { asked_.get_future().wait(); }

 private:
  http::HttpTransport& upstream_;
  std::once_flag once_;
  std::promise<void> asked_;
};

/// An account of the sandbox whose time stands still, and who waits there for texts.
class WaitingPhone {
 public:
  WaitingPhone() { credentials_.set(Secret(sandbox_.key), agentphone::KeySource::kEnvironment); }

  /// A text comes in, and waiters are woken.
  void receive(const char* from, const std::string& body) {
    REQUIRE(sandbox_.simulator.inject_text(from, own_, body, {}));
    texts_.notify(number_id_);
  }

  /// The same, and enough time passes for the next look.
  void receive_and_pass(const char* from, const std::string& body) {
    receive(from, body);
    pass(seconds{1});
  }

  void pass(seconds time) {
    sandbox_.pass(time);
    texts_.notify("");
  }

  void wait_for_first_request() { upstream_.wait_for_first_request(); }

  Result<tools::ToolOutput> call(const Json& arguments, std::stop_token stop = {}) {
    mcp::RequestContext context;
    context.stop = std::move(stop);
    context.progress_token = 1;
    const auto bindings = tools::all_bindings();
    const auto tool =
        std::find_if(bindings.begin(), bindings.end(), [](const auto& b) { return b.name == "wait_for_message"; });
    return tools::invoke(*tool, arguments, services_, context);
  }

  /// The answer of a wait that works.
  Json wait(const Json& arguments, std::stop_token stop = {}) {
    auto output = call(arguments, std::move(stop));
    return output ? std::move(output->structured) : Json{{"failed", output.error().message}};
  }

  std::future<Json> start_waiting(const Json& arguments, std::stop_token stop = {}) {
    return std::async(std::launch::async, [this, arguments, stop] { return wait(arguments, stop); });
  }

 private:
  test::Sandbox sandbox_;
  std::string own_ = sandbox_.starter_number();
  std::string number_id_ = sandbox_.starter_number_id();
  agentphone::Credentials credentials_{std::filesystem::path()};
  NoticedUpstream upstream_{sandbox_.simulator};
  agentphone::AgentPhoneApi api_{upstream_, credentials_};
  test::PlainNumberPlan plan_;
  policy::Disclosure disclosure_ = policy::Disclosure::standard();
  Notifier texts_;
  tools::ToolServices services_{.api = api_,
                                .credentials = credentials_,
                                .number_plan = plan_,
                                .disclosure = disclosure_,
                                .clock = sandbox_.clock,
                                .texts = &texts_,
                                .compile_pattern = patterns::compile_re2};
};

TEST_SUITE("contract") {
  TEST_CASE("a code that came two seconds before the wait counts, with its age and thread") {
    WaitingPhone phone;
    phone.receive(kBank, "Your code is 482913.");
    phone.pass(seconds{2});
    const Json answer = phone.wait({{"from", "(415) 555-0150"}, {"extract", "code"}});
    CHECK(answer["code"] == "482913");
    CHECK(answer["sender"] == kBank);
    CHECK(answer["age_seconds"] == 2);
    CHECK(answer["conversation_id"].is_string());
  }

  TEST_CASE("a code that comes during the wait ends it; one of another sender does not") {
    WaitingPhone phone;
    auto waiting = phone.start_waiting({{"from", kBank}, {"extract", "code"}});
    phone.receive_and_pass(kShop, "Your code is 111111.");
    phone.receive_and_pass(kBank, "Your parcel is on its way.");
    phone.receive_and_pass(kBank, "Your code is 482913.");
    CHECK(waiting.get()["code"] == "482913");
  }

  TEST_CASE("two who wait at once each get theirs") {
    WaitingPhone phone;
    auto bank = phone.start_waiting({{"from", kBank}, {"extract", "code"}});
    auto shop = phone.start_waiting({{"from", kShop}, {"extract", "code"}});
    phone.receive_and_pass(kShop, "222222 is your shop code.");
    phone.receive_and_pass(kBank, "333333 is your bank code.");
    CHECK(bank.get()["code"] == "333333");
    CHECK(shop.get()["code"] == "222222");
  }

  TEST_CASE("the newest code counts, and of other texts the first") {
    WaitingPhone phone;
    phone.receive(kBank, "Your code is 111111.");
    phone.pass(seconds{1});
    phone.receive(kBank, "Your code is 222222.");
    CHECK(phone.wait({{"extract", "code"}, {"wait_seconds", 0}})["code"] == "222222");
    const Json first = phone.wait({{"wait_seconds", 0}});
    CHECK(first["message"]["body"] == "Your code is 111111.");
    CHECK(first["other_texts"] == 1);
    const Json second = phone.wait({{"wait_seconds", 0}, {"since", first["message"]["received_at"]}});
    CHECK(second["message"]["body"] == "Your code is 222222.");
  }

  TEST_CASE("a pattern picks the text; a mistake in it is named with its place") {
    WaitingPhone phone;
    phone.receive(kShop, "Your table is not ready.");
    phone.receive(kShop, "Pick-up at gate 4.");
    CHECK(phone.wait({{"match", "(?i)PICK-UP"}, {"wait_seconds", 0}})["message"]["body"] == "Pick-up at gate 4.");
    const auto refused = phone.call({{"match", "gate [0-9"}});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message == "match: at character 6, `[0-9`: a closing ] is missing.");
  }

  TEST_CASE("when the time is over the answer says how to go on, and what comes in between is not lost") {
    WaitingPhone phone;
    auto waiting = phone.start_waiting({{"from", kBank}, {"extract", "code"}, {"wait_seconds", 30}});
    phone.wait_for_first_request();  // time stands still, so the wait begins now
    phone.pass(seconds{30});
    const Json over = waiting.get();
    CHECK(over["found"] == false);
    CHECK(over["next_step"].get<std::string>().find("Nothing is lost") != std::string::npos);
    phone.receive(kBank, "Your code is 482913.");
    CHECK(phone.wait(over["continue_with"])["code"] == "482913");
  }

  TEST_CASE("a wait that is stopped ends at once and says how to go on") {
    WaitingPhone phone;
    std::stop_source stop;
    auto waiting = phone.start_waiting({{"from", kBank}}, stop.get_token());
    stop.request_stop();
    const Json answer = waiting.get();
    CHECK((answer.contains("continue_with") || answer.contains("failed")));  // stopped before or in the wait
  }
}

}  // namespace
}  // namespace apmcp

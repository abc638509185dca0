#include <condition_variable>

#include <doctest/doctest.h>

#include "mcp/resource_registry.h"
#include "resources/catalog.h"
#include "resources/live_resources.h"
#include "unit/sandbox/sandbox_fixture.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

using std::chrono::seconds;

/// Waits for what is published.
class Published {
 public:
  void add(const mcp::Change& change) {
    const std::lock_guard lock(mutex_);
    uris_.push_back(change.uri);
    more_.notify_all();
  }

  std::vector<std::string> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [&] { return uris_.size() >= count; });
    return uris_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<std::string> uris_;  // guarded by mutex_
};

/// Resources over the simulator, which stands still until told to move.
class LivePhone {
 public:
  LivePhone() {
    credentials.set(Secret("sk_test_resources0123456789"), agentphone::KeySource::kEnvironment);
    sandbox.key = "sk_test_resources0123456789";
  }

  Json contents(const std::string& uri) {
    auto reading = registry.read(uri, context);
    if (!reading) FAIL(uri << ": " << reading.error().message);
    return Json::parse(reading->contents[0]["text"].get<std::string>());
  }

  /// Moves time, and has everybody look.
  void pass(seconds by) {
    sandbox.pass(by);
    for (const char* uri : {"agentphone://inbox", thread.c_str()}) followed.announce(updated(uri));
  }

  static mcp::Change updated(std::string uri) {
    return {.kind = mcp::Change::Kind::kResourceUpdated, .uri = std::move(uri)};
  }

  test::Sandbox sandbox;
  agentphone::Credentials credentials{std::filesystem::path()};
  agentphone::AgentPhoneApi api{sandbox.simulator, credentials};
  test::PlainNumberPlan number_plan;
  policy::Disclosure disclosure = policy::Disclosure::standard();
  std::string thread;
  Published published;
  tools::ToolServices services{.api = api,
                               .credentials = credentials,
                               .number_plan = number_plan,
                               .disclosure = disclosure,
                               .clock = sandbox.clock};
  resources::FollowedResources followed{resources::live_source(services),
                                        sandbox.clock,
                                        [this](const mcp::Change& change) { published.add(change); },
                                        {}};
  resources::ResourceServices resource_services{.tools = services, .upstream = "the sandbox", .followed = &followed};
  mcp::ResourceRegistry registry{resources::make_resources(resource_services),
                                 resources::make_templates(resource_services)};
  mcp::RequestContext context;
};

TEST_SUITE("contract") {
  TEST_CASE("a transcript that is followed tells each turn once, and the end") {
    LivePhone phone;
    const Json placed = phone.sandbox
                            .post("/v1/calls", {{"agentId", phone.sandbox.starter_agent()},
                                                {"toNumber", test::kSalon},
                                                {"systemPrompt", "Book a table."}})
                            .body;
    const std::string uri = "agentphone://calls/" + placed["id"].get<std::string>() + "/transcript";
    const auto lease = phone.followed.follow(uri, {});
    Json before = phone.contents(uri);
    CHECK(before["live"] == true);
    std::size_t told = 0;
    while (before["live"] == true) {
      phone.sandbox.pass(seconds{1});
      const Json now = phone.contents(uri);
      if (now == before) continue;
      before = now;
      phone.followed.announce(LivePhone::updated(uri));
      CHECK(phone.published.wait(++told).size() == told);
    }
    CHECK(told >= 5);
    CHECK(before["status"] == "completed");
    CHECK(phone.published.wait(told).back() == uri);
  }

  TEST_CASE("the inbox and the thread tell of a text that comes in") {
    LivePhone phone;
    phone.sandbox.post(
        "/v1/messages",
        {{"agent_id", phone.sandbox.starter_agent()}, {"to_number", test::kSalon}, {"body", "Is two o'clock free?"}});
    const Json inbox = phone.contents("agentphone://inbox");
    REQUIRE(inbox["conversations"].size() == 1);
    const std::string thread =
        "agentphone://conversations/" + inbox["conversations"][0]["conversation_id"].get<std::string>();
    const auto first = phone.followed.follow("agentphone://inbox", {});
    const auto second = phone.followed.follow(thread, {});
    phone.thread = thread;
    phone.contents("agentphone://inbox");
    CHECK(phone.contents(thread)["messages"].size() == 1);
    phone.pass(seconds{10});
    auto told = phone.published.wait(2);
    std::sort(told.begin(), told.end());
    CHECK(told == std::vector<std::string>{thread, "agentphone://inbox"});
    CHECK(phone.contents(thread)["messages"].size() == 2);
  }
}

}  // namespace
}  // namespace apmcp

#include "mcp/subscriptions.h"

#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "support/conversation.h"

using apmcp::Json;
using apmcp::Result;
using apmcp::jsonrpc::Outgoing;
using apmcp::mcp::Catalog;
using apmcp::mcp::Change;
using apmcp::mcp::McpServer;
using apmcp::mcp::RequestContext;
using apmcp::mcp::Resource;
using apmcp::mcp::ResourceRegistry;
using apmcp::mcp::Subscription;
using apmcp::mcp::Subscriptions;
using apmcp::mcp::Tool;
using apmcp::mcp::ToolOutput;
using apmcp::mcp::ToolRegistry;
using apmcp::test::Conversation;

namespace {

const Change kTools{.kind = Change::Kind::kToolsListChanged};
const Change kPrompts{.kind = Change::Kind::kPromptsListChanged};

Change updated(const char* uri) {
  return {.kind = Change::Kind::kResourceUpdated, .uri = uri};
}

Resource watched_note(const char* name) {
  return {.definition = {{"uri", std::string("note:/") + name}, {"name", name}},
          .read = [](const std::string&, RequestContext&) -> Result<Json> { return Json::array(); }};
}

/// Tools and resources, no prompts; the tool publishes that the tools changed.
struct Fixture {
  Subscriptions subscriptions{{.max_listens_per_caller = 2, .max_uris_per_client = 2}};
  McpServer server{
      {.name = "test", .version = "1"},
      Catalog{.tools = ToolRegistry({publisher()}),
              .resources = ResourceRegistry({watched_note("a"), watched_note("b"), watched_note("c")}, {})},
      McpServer::Options{.subscriptions = &subscriptions}};

  Tool publisher() {
    return {.definition = {.name = "publish",
                           .wire = R"({"name":"publish","inputSchema":{"type":"object"}})",
                           .input_schema = R"({"type":"object"})",
                           .example = "{}",
                           .effect = "writes"},
            .handler = [this](const Json&, RequestContext&) -> Result<ToolOutput> {
              subscriptions.publish(kTools);
              return ToolOutput{.text = "done"};
            }};
  }
};

Json acknowledged(const Json& id, const Json& filter) {
  return {{"jsonrpc", "2.0"},
          {"method", "notifications/subscriptions/acknowledged"},
          {"params", {{"notifications", filter}, {"_meta", {{"io.modelcontextprotocol/subscriptionId", id}}}}}};
}

Json tagged(const char* method, const Json& id, Json params = Json::object()) {
  params["_meta"] = {{"io.modelcontextprotocol/subscriptionId", id}};
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", params}};
}

/// A sink that lets one message wait until the test lets it go.
class StuckSink final : public apmcp::jsonrpc::MessageSink {
 public:
  void send(Outgoing message) override {
    texts.push_back(std::move(message.text));
    if (texts.size() > 1) return;
    stuck.count_down();
    go_on.wait();
  }

  std::latch stuck{1};
  std::latch go_on{1};
  std::vector<std::string> texts;  // one thread at a time sends
};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("with changes to publish, listChanged and subscribe are offered") {
    Fixture f;
    Conversation client(f.server);
    const Json offered =
        Json::parse(R"({"logging":{},"resources":{"listChanged":true,"subscribe":true},"tools":{"listChanged":true}})");
    CHECK(client.initialize("2025-11-25") == offered);
    CHECK(client.ask_stateless("server/discover", Json::object())["capabilities"] == offered);
    for (const char* removed : {"resources/subscribe", "resources/unsubscribe"}) {
      CHECK(client.refused_stateless(removed, {{"uri", "note:/a"}})["code"] == -32601);
    }
    CHECK(client.refused("subscriptions/listen", {{"notifications", Json::object()}})["code"] == -32601);
  }

  TEST_CASE("a connection is told of lists once it is initialized, and of nothing that it does not have") {
    Fixture f;
    Conversation client(f.server);
    f.subscriptions.publish(kTools);
    CHECK(client.received().empty());
    client.initialize("2025-06-18");
    client.received();
    f.subscriptions.publish(kTools);
    f.subscriptions.publish(kPrompts);
    f.subscriptions.publish(updated("note:/a"));
    CHECK(client.received() ==
          std::vector<Json>{Json::parse(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})")});
  }

  TEST_CASE("a connection is told of the resources it subscribed to until it unsubscribes") {
    Fixture f;
    Conversation client(f.server);
    Conversation other(f.server);
    client.initialize("2025-11-25");
    other.initialize("2025-11-25");
    CHECK(client.ask("resources/subscribe", {{"uri", "note:/a"}}) == Json::object());
    CHECK(client.ask("resources/subscribe", {{"uri", "note:/a"}}) == Json::object());
    client.received();
    other.received();
    f.subscriptions.publish(updated("note:/a"));
    f.subscriptions.publish(updated("note:/b"));
    CHECK(client.received() ==
          std::vector<Json>{Json::parse(
              R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"note:/a"}})")});
    CHECK(other.received().empty());
    CHECK(client.ask("resources/unsubscribe", {{"uri", "note:/a"}}) == Json::object());
    CHECK(client.ask("resources/unsubscribe", {{"uri", "note:/a"}}) == Json::object());
    client.received();
    f.subscriptions.publish(updated("note:/a"));
    CHECK(client.received().empty());
  }

  TEST_CASE("unknown resources, and more than a connection may follow, are refused") {
    Fixture f;
    Conversation client(f.server);
    client.initialize("2025-11-25");
    CHECK(client.refused("resources/subscribe", {{"uri", "note:/none"}})["code"] == -32002);
    CHECK(client.refused("resources/subscribe", nullptr)["code"] == -32602);
    client.ask("resources/subscribe", {{"uri", "note:/a"}});
    client.ask("resources/subscribe", {{"uri", "note:/b"}});
    CHECK(client.refused("resources/subscribe", {{"uri", "note:/c"}})["code"] == -32000);
  }

  TEST_CASE("an address of more than 2 KiB is refused, whoever names it") {
    Fixture f;
    Conversation client(f.server);
    client.initialize("2025-11-25");
    const std::string longest = "note:/" + std::string(2042, 'x');
    CHECK(client.refused("resources/subscribe", {{"uri", longest}})["code"] == -32002);
    const std::string uri = longest + 'x';
    for (const char* method : {"resources/subscribe", "resources/read"}) {
      const Json refused = client.refused(method, {{"uri", uri}});
      CHECK(refused["code"] == -32602);
      CHECK(refused["message"].get<std::string>().find("2048 bytes") != std::string::npos);
    }
    const Json filter{{"notifications", {{"resourceSubscriptions", {uri}}}}};
    CHECK(client.refused_stateless("subscriptions/listen", filter)["code"] == -32602);
  }

  TEST_CASE("a listen is acknowledged with what is honoured, and every message carries its id as it was sent") {
    Fixture f;
    Conversation client(f.server);
    client.listen(7, Json::parse(R"({"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":false,
                                      "resourceSubscriptions":["note:/a","note:/none"],"fromTheFuture":[1]})"));
    client.listen("seven", {{"resourceSubscriptions", {"note:/a"}}});
    f.subscriptions.publish(kTools);
    f.subscriptions.publish(kPrompts);
    f.subscriptions.publish(updated("note:/a"));
    f.subscriptions.publish(updated("note:/b"));
    CHECK(client.received() ==
          std::vector<Json>{
              acknowledged(7, {{"toolsListChanged", true}, {"resourceSubscriptions", {"note:/a"}}}),
              acknowledged("seven", {{"resourceSubscriptions", {"note:/a"}}}),
              tagged("notifications/tools/list_changed", 7),
              tagged("notifications/resources/updated", 7, {{"uri", "note:/a"}}),
              tagged("notifications/resources/updated", "seven", {{"uri", "note:/a"}}),
          });
  }

  TEST_CASE("a change that one client's tool makes reaches the listens of others") {
    Fixture f;
    Conversation listener(f.server);
    Conversation actor(f.server);
    listener.listen(1, {{"toolsListChanged", true}});
    listener.received();
    CHECK(actor.ask_stateless("tools/call", {{"name", "publish"}})["content"][0]["text"] == "done");
    CHECK(listener.received() == std::vector<Json>{tagged("notifications/tools/list_changed", 1)});
  }

  TEST_CASE("draining ends a listen at once, with its result") {
    Fixture f;
    Conversation client(f.server);
    client.listen("l", {{"toolsListChanged", true}});
    CHECK(client.session().drain(std::chrono::milliseconds{0}));
    CHECK(
        client.answer("l")["result"] ==
        Json::parse(
            R"({"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"test","title":"","version":"1"},"io.modelcontextprotocol/subscriptionId":"l"}})"));
    client.received();
    f.subscriptions.publish(kTools);
    CHECK(client.received().empty());
    client.listen("late", {{"toolsListChanged", true}});
    CHECK_MESSAGE(client.received().size() == 2, "acknowledged and over");
  }

  TEST_CASE("a listen of which nothing is honoured is acknowledged and over") {
    Fixture f;
    Conversation client(f.server);
    client.listen(1, {{"promptsListChanged", true}, {"resourceSubscriptions", {"note:/none"}}});
    const auto messages = client.received();
    REQUIRE(messages.size() == 2);
    CHECK(messages[0] == acknowledged(1, Json::object()));
    CHECK(messages[1]["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == 1);
  }

  TEST_CASE("a cancelled listen is silent and unanswered, and its id is free again") {
    Fixture f;
    Conversation client(f.server);
    client.listen(1, {{"toolsListChanged", true}});
    client.received();
    client.notify("notifications/cancelled", {{"requestId", 1}});
    f.subscriptions.publish(kTools);
    CHECK(client.received().empty());
    client.listen(1, {{"resourcesListChanged", true}});
    CHECK(client.received() == std::vector<Json>{acknowledged(1, {{"resourcesListChanged", true}})});
    client.session().cancel_all();
    CHECK(client.session().drain(std::chrono::milliseconds{0}));
    CHECK_MESSAGE(client.received().empty(), "nobody is there to read a result");
  }

  TEST_CASE("a malformed filter is refused, and so is an id in use") {
    Fixture f;
    Conversation client(f.server);
    for (const char* filter :
         {"null", "[]", R"({"toolsListChanged":1})", R"({"resourceSubscriptions":"note:/a"})",
          R"({"resourceSubscriptions":[1]})", R"({"resourceSubscriptions":["x:/1","x:/2","x:/3"]})"}) {
      CHECK_MESSAGE(
          client.refused_stateless("subscriptions/listen", {{"notifications", Json::parse(filter)}})["code"] == -32602,
          filter);
    }
    CHECK(client.refused_stateless("subscriptions/listen", Json::object())["code"] == -32602);
    client.listen(1, {{"toolsListChanged", true}});
    client.listen(1, {{"toolsListChanged", true}});
    CHECK(client.answer(1)["error"]["code"] == -32600);
  }

  TEST_CASE("the listens of one caller use up none of another's") {
    Fixture f;
    Conversation first(f.server, {.caller = "ada"});
    Conversation second(f.server, {.caller = "bob"});
    for (int id = 1; id <= 3; ++id) first.listen(id, {{"toolsListChanged", true}});
    CHECK(first.answer(3)["error"]["code"] == -32000);
    second.listen(1, {{"toolsListChanged", true}});
    CHECK(second.received() == std::vector<Json>{acknowledged(1, {{"toolsListChanged", true}})});
  }

  TEST_CASE("no more listens of one caller are open than the server allows, over all connections") {
    Fixture f;
    Conversation first(f.server);
    Conversation second(f.server);
    first.listen(1, {{"toolsListChanged", true}});
    second.listen(1, {{"toolsListChanged", true}});
    second.listen(2, {{"toolsListChanged", true}});
    CHECK(second.answer(2)["error"]["code"] == -32000);
    first.notify("notifications/cancelled", {{"requestId", 1}});
    second.received();
    second.listen(3, {{"toolsListChanged", true}});
    CHECK(second.received() == std::vector<Json>{acknowledged(3, {{"toolsListChanged", true}})});
  }

  TEST_CASE("an open listen keeps no worker from others") {
    Fixture f;
    Subscriptions many({});
    const McpServer server({.name = "test", .version = "1"}, Catalog{.tools = ToolRegistry({f.publisher()})},
                           McpServer::Options{.subscriptions = &many});
    Conversation client(server);
    for (int id = 0; id < 50; ++id) client.listen(id, {{"toolsListChanged", true}});
    CHECK(client.ask_stateless("tools/call", {{"name", "publish"}})["resultType"] == "complete");
  }

  TEST_CASE("while a reader is slow, what changes again and again waits once, and nobody else waits") {
    Subscriptions subscriptions({});
    const auto sink = std::make_shared<StuckSink>();
    const auto slow = std::make_shared<Subscription>(
        apmcp::mcp::SubscriptionFilter{.tools_list_changed = true, .resource_subscriptions = {"note:/a"}}, sink,
        std::nullopt);
    REQUIRE(subscriptions.add(slow));
    slow->start();
    std::jthread publisher([&] { subscriptions.publish(kTools); });
    sink->stuck.wait();
    for (int i = 0; i < 1000; ++i) {
      subscriptions.publish(updated("note:/a"));
      subscriptions.publish(kTools);
    }
    sink->go_on.count_down();
    publisher.join();
    REQUIRE(sink->texts.size() == 3);
    CHECK(sink->texts[1].find("resources/updated") != std::string::npos);
    CHECK(sink->texts[2].find("tools/list_changed") != std::string::npos);
  }

  TEST_CASE("a resource is followed from the subscription to its end, in both eras") {
    std::multiset<std::string> followed;
    std::mutex mutex;
    Subscriptions subscriptions({.follow = [&](const std::string& uri, const apmcp::mcp::Party&) {
      const std::lock_guard lock(mutex);
      followed.insert(uri);
      return std::shared_ptr<const void>(&followed, [&, uri](const void*) {
        const std::lock_guard again(mutex);
        followed.erase(followed.find(uri));
      });
    }});
    const McpServer server(
        {.name = "test", .version = "1"},
        Catalog{.tools = ToolRegistry({}), .resources = ResourceRegistry({watched_note("a"), watched_note("b")}, {})},
        McpServer::Options{.subscriptions = &subscriptions});
    const auto now = [&] {
      const std::lock_guard lock(mutex);
      return followed;
    };
    {
      Conversation client(server);
      client.initialize("2025-11-25");
      client.ask("resources/subscribe", {{"uri", "note:/a"}});
      client.ask("resources/subscribe", {{"uri", "note:/a"}});
      client.ask("resources/subscribe", {{"uri", "note:/b"}});
      client.listen(1, {{"resourceSubscriptions", {"note:/a"}}});
      CHECK(now() == std::multiset<std::string>{"note:/a", "note:/a", "note:/b"});
      client.ask("resources/unsubscribe", {{"uri", "note:/b"}});
      client.notify("notifications/cancelled", {{"requestId", 1}});
      CHECK(now() == std::multiset<std::string>{"note:/a"});
    }
    CHECK(now().empty());
  }

  TEST_CASE("a server whose lists never change promises and tells only resources") {
    Subscriptions subscriptions({});
    const McpServer server({.name = "test", .version = "1"},
                           Catalog{.tools = ToolRegistry({}), .resources = ResourceRegistry({watched_note("a")}, {})},
                           McpServer::Options{.subscriptions = &subscriptions, .lists_change = false});
    Conversation client(server);
    CHECK(client.initialize("2025-11-25")["resources"] == Json{{"subscribe", true}});
    client.received();
    client.listen(1, {{"toolsListChanged", true}, {"resourceSubscriptions", {"note:/a"}}});
    subscriptions.publish(kTools);
    subscriptions.publish(updated("note:/a"));
    CHECK(client.received() == std::vector{acknowledged(1, {{"resourceSubscriptions", {"note:/a"}}}),
                                           tagged("notifications/resources/updated", 1, {{"uri", "note:/a"}})});
  }

  TEST_CASE("what is offered waits, once, for the thread that sends it") {
    Subscriptions subscriptions({});
    const auto sink = std::make_shared<apmcp::test::RecordingSink>();
    const auto reader = std::make_shared<Subscription>(
        apmcp::mcp::SubscriptionFilter{.resource_subscriptions = {"note:/a"}}, sink, std::nullopt);
    REQUIRE(subscriptions.add(reader));
    reader->start();
    for (int i = 0; i < 2; ++i) subscriptions.offer(updated("note:/a"));
    CHECK(sink->all().empty());
    subscriptions.flush();
    CHECK(sink->all().size() == 1);
  }

  TEST_CASE("a change of one caller's resource is told to that caller alone") {
    Subscriptions subscriptions({});
    const auto sink = std::make_shared<apmcp::test::RecordingSink>();
    const auto hers = std::make_shared<Subscription>(
        apmcp::mcp::SubscriptionFilter{.tools_list_changed = true, .resource_subscriptions = {"note:/a"}}, sink,
        std::nullopt, apmcp::mcp::Interest{.party = {.caller = "her"}});
    REQUIRE(subscriptions.add(hers));
    hers->start();
    subscriptions.publish({.kind = Change::Kind::kResourceUpdated, .uri = "note:/a", .caller = "him"});
    subscriptions.publish({.kind = Change::Kind::kResourceUpdated, .uri = "note:/a", .caller = "her"});
    subscriptions.publish(kTools);
    REQUIRE(sink->all().size() == 2);
    CHECK(sink->all()[0]["params"]["uri"] == "note:/a");
  }

  TEST_CASE("publishing, listening, cancelling and draining at the same time lose and repeat nothing") {
    Fixture f;
    for (int round = 0; round < 50; ++round) {
      Conversation client(f.server);
      {
        std::jthread publisher([&] {
          for (int i = 0; i < 20; ++i) f.subscriptions.publish(kTools);
        });
        std::jthread ender([&] { CHECK(client.session().drain(std::chrono::seconds{5})); });
        client.listen(1, {{"toolsListChanged", true}});
        client.listen(2, {{"toolsListChanged", true}});
        client.notify("notifications/cancelled", {{"requestId", 2}});
      }
      CHECK(client.answer(1).contains("result"));
      const auto messages = client.received();
      std::size_t answers = 0;
      for (const Json& message : messages) answers += message.contains("id") && message["id"] == 1 ? 1U : 0U;
      CHECK(answers == 1);
    }
  }
}

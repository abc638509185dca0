#include <stdexcept>

#include <doctest/doctest.h>

#include "support/conversation.h"

using apmcp::Error;
using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::Result;
using apmcp::mcp::Catalog;
using apmcp::mcp::McpServer;
using apmcp::mcp::NamedValues;
using apmcp::mcp::RequestContext;
using apmcp::mcp::Resource;
using apmcp::mcp::ResourceRegistry;
using apmcp::mcp::ResourceTemplate;
using apmcp::mcp::ToolRegistry;
using apmcp::test::Conversation;

namespace {

Result<Json> text(const std::string& uri, const std::string& content) {
  return Json::array({{{"uri", uri}, {"mimeType", "text/plain"}, {"text", content}}});
}

Resource note(const char* name) {
  return {.definition = {{"uri", std::string("note:/") + name},
                         {"name", name},
                         {"title", "A note"},
                         {"icons", Json::array({{{"src", "https://example.com/i.png"}}})},
                         {"annotations", {{"priority", 0.5}}}},
          .read = [](const std::string& uri, RequestContext&) { return text(uri, "read " + uri); }};
}

ResourceTemplate user() {
  return {.definition = {{"uriTemplate", "user:/{id}/name"}, {"name", "user"}, {"title", "A user"}},
          .read = [](const std::string& uri, const NamedValues& variables, RequestContext&) -> Result<Json> {
            if (variables.at("id") == "nobody") return Error{.code = ErrorCode::kNoSuchResource, .message = "No user."};
            return text(uri, "user " + variables.at("id"));
          }};
}

std::vector<Resource> notes() {
  std::vector<Resource> all{note("zebra"), note("ant"), note("mole")};
  all[1].cache = {.ttl = std::chrono::minutes{1}, .is_public = true};
  return all;
}

McpServer server_with(ResourceRegistry resources) {
  return {{.name = "test", .version = "1"},
          Catalog{.tools = ToolRegistry({}), .resources = std::move(resources)},
          McpServer::Options{.page_size = 2}};
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("resources come in pages in the order of their registration") {
    const McpServer server = server_with({notes(), {user()}});
    Conversation client(server);
    client.initialize("2025-11-25");
    const Json first = client.ask("resources/list", Json::object());
    REQUIRE(first["resources"].size() == 2);
    CHECK(first["resources"][0]["name"] == "zebra");
    CHECK(first["resources"][1]["name"] == "ant");
    const Json second = client.ask("resources/list", {{"cursor", first["nextCursor"]}});
    REQUIRE(second["resources"].size() == 1);
    CHECK(second["resources"][0]["name"] == "mole");
    CHECK_FALSE(second.contains("nextCursor"));
    for (const Json& cursor : Json::array({"", "x", "after:nope", 5})) {
      CHECK_MESSAGE(client.refused("resources/list", {{"cursor", cursor}})["code"] == -32602, cursor.dump());
    }
    const Json templates = client.ask("resources/templates/list", Json::object());
    CHECK(templates["resourceTemplates"][0]["uriTemplate"] == "user:/{id}/name");
  }

  TEST_CASE("a listing has what its revision knows, and no more") {
    const McpServer server = server_with({notes(), {user()}});
    const auto first_listed = [&](const char* revision) {
      Conversation client(server);
      client.initialize(revision);
      CHECK(client.ask("resources/templates/list", nullptr)["resourceTemplates"][0].contains("title") ==
            (std::string_view(revision) >= "2025-06-18"));
      return client.ask("resources/list", nullptr)["resources"][0];
    };
    const Json oldest = first_listed("2024-11-05");
    CHECK_FALSE(oldest.contains("title"));
    CHECK_FALSE(oldest.contains("icons"));
    CHECK(oldest["annotations"]["priority"] == 0.5);
    CHECK(first_listed("2025-06-18").contains("title"));
    CHECK_FALSE(first_listed("2025-06-18").contains("icons"));
    CHECK(first_listed("2025-11-25").contains("icons"));
  }

  TEST_CASE("reading finds a resource by its address, then by a template") {
    const McpServer server = server_with({notes(), {user()}});
    Conversation client(server);
    client.initialize("2025-06-18");
    const auto read = [&](const char* uri) { return client.ask("resources/read", {{"uri", uri}}); };
    CHECK(read("note:/ant") ==
          Json::parse(R"({"contents":[{"uri":"note:/ant","mimeType":"text/plain","text":"read note:/ant"}]})"));
    CHECK(read("user:/a%20b/name")["contents"][0]["text"] == "user a b");
    CHECK(read("user:/a%20b/name")["contents"][0]["uri"] == "user:/a%20b/name");
    CHECK(client.refused("resources/read", {{"uri", 5}})["code"] == -32602);
    CHECK(client.refused("resources/read", nullptr)["code"] == -32602);
  }

  TEST_CASE("an address that nothing has is named in the error, whose code is the era's") {
    const McpServer server = server_with({notes(), {user()}});
    Conversation client(server);
    client.initialize("2025-11-25");
    for (const char* uri : {"note:/none", "user:/nobody/name"}) {
      const Json old = client.refused("resources/read", {{"uri", uri}});
      CHECK(old["code"] == -32002);
      CHECK(old["data"] == Json{{"uri", uri}});
      const Json current = client.refused_stateless("resources/read", {{"uri", uri}});
      CHECK(current["code"] == -32602);
      CHECK(current["data"] == Json{{"uri", uri}});
    }
  }

  TEST_CASE("the stateless revision says how long lists and readings may be kept, the others say nothing") {
    const McpServer server = server_with({notes(), {user()}});
    Conversation client(server);
    client.initialize("2025-11-25");
    for (const char* list : {"resources/list", "resources/templates/list"}) {
      const Json result = client.ask_stateless(list, Json::object());
      CHECK(result["resultType"] == "complete");
      CHECK(result["ttlMs"] == 3'600'000);
      CHECK(result["cacheScope"] == "public");
      CHECK_FALSE(client.ask(list, nullptr).contains("ttlMs"));
    }
    const Json usual = client.ask_stateless("resources/read", {{"uri", "note:/zebra"}});
    CHECK(usual["ttlMs"] == 0);
    CHECK(usual["cacheScope"] == "private");
    CHECK(usual["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "test");
    const Json kept = client.ask_stateless("resources/read", {{"uri", "note:/ant"}});
    CHECK(kept["ttlMs"] == 60'000);
    CHECK(kept["cacheScope"] == "public");
    CHECK_FALSE(client.ask("resources/read", {{"uri", "note:/ant"}}).contains("cacheScope"));
  }

  TEST_CASE("what is not registered is not offered") {
    const McpServer server = server_with({});
    Conversation client(server);
    CHECK(client.initialize("2025-11-25") == Json::parse(R"({"logging":{}})"));
    for (const char* method : {"tools/list", "resources/list", "resources/templates/list", "resources/read",
                               "resources/subscribe", "prompts/list", "prompts/get", "completion/complete"}) {
      CHECK_MESSAGE(client.refused(method, {{"uri", "x"}, {"name", "x"}})["code"] == -32601, method);
      CHECK_MESSAGE(client.refused_stateless(method, {{"uri", "x"}, {"name", "x"}})["code"] == -32601, method);
    }
    CHECK(client.refused_stateless("subscriptions/listen", {{"notifications", Json::object()}})["code"] == -32601);
    CHECK(client.ask_stateless("server/discover", Json::object())["capabilities"] == Json::parse(R"({"logging":{}})"));
  }

  TEST_CASE("without anybody to publish changes, resources are offered without them") {
    const McpServer server = server_with({notes(), {}});
    Conversation client(server);
    CHECK(client.initialize("2025-11-25") == Json::parse(R"({"logging":{},"resources":{}})"));
    CHECK(client.refused("resources/subscribe", {{"uri", "note:/ant"}})["code"] == -32601);
    CHECK(client.ask("resources/templates/list", nullptr)["resourceTemplates"] == Json::array());
  }

  TEST_CASE("a definition that is incomplete or not the only one of its address is a bug") {
    const auto refused = [](std::vector<Resource> resources, std::vector<ResourceTemplate> templates) {
      CHECK_THROWS_AS(ResourceRegistry(std::move(resources), std::move(templates)), std::invalid_argument);
    };
    Resource nameless = note("a");
    nameless.definition.erase("name");
    Resource mute = note("a");
    mute.read = nullptr;
    refused({nameless}, {});
    refused({mute}, {});
    refused({note("a"), note("a")}, {});
    refused({}, {user(), user()});
  }
}

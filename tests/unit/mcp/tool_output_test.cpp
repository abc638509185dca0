#include <doctest/doctest.h>

#include "support/conversation.h"

using apmcp::Json;
using apmcp::Result;
using apmcp::mcp::McpServer;
using apmcp::mcp::RequestContext;
using apmcp::mcp::Tool;
using apmcp::mcp::ToolOutput;
using apmcp::mcp::ToolRegistry;
using apmcp::test::Conversation;

namespace {

Tool gives(std::string_view name, std::string_view wire, const ToolOutput& output) {
  return {.definition =
              {.name = name, .wire = wire, .input_schema = R"({"type":"object"})", .example = "{}", .effect = "reads"},
          .handler = [output](const Json&, RequestContext&) -> Result<ToolOutput> { return output; }};
}

/// Tools in no particular order of their names.
struct OutputFixture {
  McpServer server{{.name = "test", .version = "1"}, ToolRegistry(tools()), McpServer::Options{}};
  Conversation client{server};

  static std::vector<Tool> tools() {
    const Json image{{"type", "image"}, {"data", "AA=="}, {"mimeType", "image/png"}};
    const Json link{{"type", "resource_link"}, {"uri", "x:/a"}, {"name", "A"}};
    return {
        gives("picture", R"({"name":"picture","inputSchema":{"type":"object"},"icons":[{"src":"https://x/i.png"}]})",
              {.text = "Look:", .content = Json::array({image, link})}),
        gives("bare", R"({"name":"bare","inputSchema":{"type":"object"}})", {.content = Json::array({image})}),
        gives("facts", R"({"name":"facts","inputSchema":{"type":"object"}})",
              {.structured = {{"a", 1}}, .text = "One.", .content = Json::array({image})}),
        gives("rows", R"({"name":"rows","inputSchema":{"type":"object"}})",
              {.structured = Json::array({1, 2}), .text = "Two rows."}),
        gives("nothing", R"({"name":"nothing","inputSchema":{"type":"object"}})", {})};
  }

  Json call(const char* tool) { return client.ask("tools/call", {{"name", tool}}); }

  std::string kinds(const char* tool) {
    std::string kinds;
    const Json result = call(tool);
    for (const Json& block : result["content"]) kinds += block["type"].get<std::string>() + " ";
    return kinds;
  }
};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a server that has tools and tells no changes offers that and nothing else") {
    OutputFixture f;
    const apmcp::jsonrpc::Id too_early{std::int64_t{1}};
    f.client.session().receive(apmcp::jsonrpc::encode_request(too_early, "subscriptions/listen", nullptr));
    CHECK_MESSAGE(f.client.answer(1)["error"]["code"] == -32600, "unknown methods need a handshake first, too");
    const Json offered = Json::parse(R"({"logging":{},"tools":{}})");
    CHECK(f.client.initialize("2025-11-25").dump() == offered.dump());
    CHECK(f.client.ask_stateless("server/discover", Json::object())["capabilities"].dump() == offered.dump());
    for (const char* method : {"resources/list", "resources/subscribe", "prompts/get", "completion/complete"}) {
      CHECK_MESSAGE(f.client.refused(method, nullptr)["code"] == -32601, method);
    }
  }

  TEST_CASE("tools are listed in the order of their registration") {
    OutputFixture f;
    f.client.initialize("2025-06-18");
    const Json tools = f.client.ask("tools/list", nullptr)["tools"];
    REQUIRE(tools.size() == 5);
    CHECK(tools[0]["name"] == "picture");
    CHECK(tools[1]["name"] == "bare");
    CHECK_MESSAGE(!tools[0].contains("icons"), "they came with 2025-11-25");
    CHECK(f.client.ask_stateless("tools/list", Json::object())["tools"][0].contains("icons"));
  }

  TEST_CASE("a tool gives text, further content and structured content, or only some of them") {
    OutputFixture f;
    f.client.initialize("2025-11-25");
    CHECK(f.kinds("picture") == "text image resource_link ");
    CHECK(f.kinds("bare") == "image ");
    CHECK(f.kinds("facts") == "text image ");
    CHECK(f.kinds("nothing") == "text ");
    CHECK(f.call("facts")["structuredContent"] == Json{{"a", 1}});
    for (const char* tool : {"picture", "bare", "nothing"}) CHECK_FALSE(f.call(tool).contains("structuredContent"));
  }

  TEST_CASE("older clients get content that they know, and the facts as text") {
    OutputFixture f;
    f.client.initialize("2025-03-26");
    CHECK(f.kinds("picture") == "text image text ");
    CHECK(f.kinds("bare") == "image ");
    CHECK(f.kinds("facts") == "text image text ");
    CHECK(f.call("facts")["content"][2]["text"] == R"({"a":1})");
  }

  TEST_CASE("structured content that is no object is for the stateless revision only") {
    OutputFixture f;
    f.client.initialize("2025-11-25");
    CHECK_FALSE(f.call("rows").contains("structuredContent"));
    CHECK(f.call("rows")["content"][1]["text"] == "[1,2]");
    CHECK(f.client.ask_stateless("tools/call", {{"name", "rows"}})["structuredContent"] == Json::array({1, 2}));
  }
}

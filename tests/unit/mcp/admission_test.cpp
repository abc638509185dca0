// What HTTP headers must say of a request of 2026-07-28, and which error comes first.
#include "mcp/admission.h"

#include <map>

#include <doctest/doctest.h>

#include "support/input_fixture.h"

using apmcp::Json;
using apmcp::Result;
using apmcp::mcp::RequestContext;
using apmcp::mcp::Tool;
using apmcp::mcp::ToolOutput;
using apmcp::test::any_tool;
using apmcp::test::InputFixture;
using apmcp::test::RecordingSink;
using apmcp::test::said;

namespace {

using Headers = std::map<std::string, std::string, std::less<>>;

std::vector<Tool> typed_tools() {
  std::vector<Tool> all;
  const auto handler = [](const Json&, RequestContext&) -> Result<ToolOutput> { return said("ran"); };
  all.push_back(any_tool("regional", handler));
  all.back().definition.input_schema =
      R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}})";
  all.push_back(any_tool("sampler", handler));
  all.back().required_capabilities = Json{{"sampling", Json::object()}};
  return all;
}

struct Exchange {
  Json answer;
  int status;
};

/// One tools/call over HTTP, with the headers that every such request has and those given.
Exchange post(const std::string& tool, const Json& arguments, const Headers& more,
              const Json& capabilities = Json::object()) {
  InputFixture f(typed_tools());
  const auto reply = std::make_shared<RecordingSink>();
  const auto session = apmcp::mcp::Session::create(f.server, f.executor, reply, {.is_stateless_only = true});
  Headers headers{{"mcp-protocol-version", "2026-07-28"}, {"mcp-method", "tools/call"}, {"mcp-name", tool}};
  for (const auto& [name, value] : more) headers[name] = value;
  const apmcp::mcp::HeaderLookup lookup = [&](std::string_view name) {
    const auto found = headers.find(name);
    return found == headers.end() ? nullptr : &found->second;
  };
  const Json request{{"jsonrpc", "2.0"},
                     {"id", 1},
                     {"method", "tools/call"},
                     {"params",
                      {{"name", tool},
                       {"arguments", arguments},
                       {"_meta",
                        {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                         {"io.modelcontextprotocol/clientCapabilities", capabilities}}}}}};
  session->receive(apmcp::jsonrpc::decode(request.dump()), reply, &lookup);
  Exchange exchange{.answer = reply->answer(1), .status = reply->status(1)};
  CHECK(session->drain(std::chrono::seconds(5)));
  return exchange;
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a mirrored argument and its header must say the same") {
    const auto is_taken = [](const Json& arguments, const Headers& headers) {
      const Exchange exchange = post("regional", arguments, headers);
      if (exchange.answer.contains("result")) return true;
      CHECK(exchange.answer["error"]["code"] == -32020);
      CHECK(exchange.status == 400);
      return false;
    };
    CHECK(is_taken({{"region", "eu"}}, {{"mcp-param-region", "eu"}}));
    CHECK(is_taken({{"region", "Hello"}}, {{"mcp-param-region", "=?base64?SGVsbG8=?="}}));
    CHECK(is_taken({{"region", "=?base64?SGVsbG8="}}, {{"mcp-param-region", "=?base64?SGVsbG8="}}));
    CHECK(is_taken({{"region", nullptr}}, {}));
    CHECK(is_taken(Json::object(), {{"mcp-param-other", "nobody annotated this"}}));
    CHECK_FALSE(is_taken({{"region", "eu"}}, {}));
    CHECK_FALSE(is_taken({{"region", "eu"}}, {{"mcp-param-region", "us"}}));
    CHECK_FALSE(is_taken({{"region", "Hello"}}, {{"mcp-param-region", "=?base64?SGVsbG8?="}}));
    CHECK_FALSE(is_taken({{"region", "\u00e9"}}, {{"mcp-param-region", "\u00e9"}}));
    CHECK(is_taken({{"region", "\u00e9"}}, {{"mcp-param-region", "=?base64?w6k=?="}}));
  }

  TEST_CASE("a missing client capability is a status of its own, before anything runs") {
    const Exchange refused = post("sampler", Json::object(), {});
    CHECK(refused.status == 400);
    CHECK(refused.answer["error"]["code"] == -32021);
    CHECK(refused.answer["error"]["data"] == Json::parse(R"({"requiredCapabilities":{"sampling":{}}})"));
    CHECK(post("sampler", Json::object(), {}, {{"sampling", Json::object()}}).status == 200);
    CHECK(post("sampler", Json::object(), {{"mcp-name", "other"}}).answer["error"]["code"] == -32020);
  }

  TEST_CASE("a handshake client without the capability gets a result that the model can read") {
    InputFixture f(typed_tools());
    f.initialize("2025-11-25", Json::object());
    f.call(1, "sampler");
    const Json answer = f.sink->answer(1)["result"];
    CHECK(answer["isError"] == true);
    CHECK(answer["structuredContent"]["error"]["requiredCapabilities"] == Json::parse(R"({"sampling":{}})"));
  }
}

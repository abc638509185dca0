#include "mcp/session.h"

#include <chrono>
#include <latch>
#include <thread>

#include <doctest/doctest.h>

#include "support/recording_sink.h"

using apmcp::Error;
using apmcp::ErrorCode;
using apmcp::Executor;
using apmcp::Json;
using apmcp::Result;
using apmcp::mcp::McpServer;
using apmcp::mcp::RequestContext;
using apmcp::mcp::Session;
using apmcp::mcp::Tool;
using apmcp::mcp::ToolOutput;

namespace {

constexpr std::string_view kSchema =
    R"({"type":"object","properties":{"text":{"type":"string"}},"required":["text"],"additionalProperties":false})";

Tool tool(std::string_view name, std::string_view wire, std::string_view schema, apmcp::mcp::ToolHandler handler) {
  return {.definition =
              {.name = name, .wire = wire, .input_schema = schema, .example = R"({"text":"hi"})", .effect = "reads"},
          .handler = std::move(handler)};
}

/// A server with five tools: one that echoes, one that fails, one that throws, one that waits to be cancelled, and a
/// write that waits for upstream_answer.
struct SessionFixture {
  std::latch waiting{1};
  std::latch upstream_answer{1};
  std::shared_ptr<apmcp::test::RecordingSink> sink = std::make_shared<apmcp::test::RecordingSink>();
  McpServer server{{.name = "test", .title = "Test", .version = "1", .website_url = "", .instructions = "Be kind."},
                   apmcp::mcp::ToolRegistry(tools()),
                   McpServer::Options{.page_size = 3}};
  Executor executor{4, 8};
  std::shared_ptr<Session> session = Session::create(server, executor, sink, {});

  SessionFixture() = default;
  SessionFixture(const SessionFixture&) = delete;
  SessionFixture& operator=(const SessionFixture&) = delete;

  // The answer is seen a moment before its request is over.
  ~SessionFixture() { CHECK(session->drain(std::chrono::seconds{5})); }

  std::vector<Tool> tools() {
    std::vector<Tool> all;
    all.push_back(tool(
        "echo",
        R"({"name":"echo","title":"Echo","inputSchema":{"type":"object"},"outputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}})",
        kSchema, [](const Json& arguments, RequestContext& context) -> Result<ToolOutput> {
          context.progress(1, 2, "half");
          context.log(apmcp::mcp::LogLevel::kInfo, "echo", "said");
          return ToolOutput{.structured = {{"said", arguments["text"]}}, .text = "said it"};
        }));
    all.push_back(
        tool("fail", R"({"name":"fail","inputSchema":{"type":"object"}})", R"({"type":"object"})",
             [](const Json&, RequestContext&) -> Result<ToolOutput> {
               return Error{.code = ErrorCode::kNotFound, .message = "No such agent.", .next_step = "Use list_agents."};
             }));
    all.push_back(
        tool("throw", R"({"name":"throw","inputSchema":{"type":"object"}})", R"({"type":"object"})",
             [](const Json&, RequestContext&) -> Result<ToolOutput> { throw std::runtime_error("secret detail"); }));
    all.push_back(tool("wait", R"({"name":"wait","inputSchema":{"type":"object"}})", R"({"type":"object"})",
                       [this](const Json&, RequestContext& context) -> Result<ToolOutput> {
                         std::latch stopped(1);
                         const std::stop_callback on_stop(context.stop, [&] { stopped.count_down(); });
                         waiting.count_down();
                         stopped.wait();
                         context.progress(2, std::nullopt, "too late");
                         return Error{.code = ErrorCode::kCancelled, .message = "cancelled"};
                       }));
    all.push_back(tool("write", R"({"name":"write","inputSchema":{"type":"object"}})", R"({"type":"object"})",
                       [this](const Json&, RequestContext& context) -> Result<ToolOutput> {
                         upstream_answer.wait();
                         const bool is_stopped = context.stop_of_writes().stop_requested();
                         return ToolOutput{.text = is_stopped ? "stopped" : "written"};
                       }));
    all.back().definition.effect = "writes";
    return all;
  }

  void initialize(std::string_view revision) {
    send(R"({"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":")" + std::string(revision) +
         R"(","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})");
  }

  void send(const std::string& text) { session->receive(text); }

  Json answer(const Json& id) { return sink->answer(id); }
};

std::string modern(const std::string& id, const std::string& method, const std::string& extra = "",
                   const std::string& version = "2026-07-28") {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":")" + method + R"(","params":{)" + extra +
         R"("_meta":{"io.modelcontextprotocol/protocolVersion":")" + version +
         R"(","io.modelcontextprotocol/clientCapabilities":{},"progressToken":"p"}}})";
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("every handshake revision is answered with itself, an unknown one with our latest") {
    for (const char* revision : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
      SessionFixture f;
      f.initialize(revision);
      CHECK(f.answer("init")["result"]["protocolVersion"] == revision);
    }
    for (const char* revision : {"2026-07-28", "1999-01-01", ""}) {
      SessionFixture f;
      f.initialize(revision);
      CHECK(f.answer("init")["result"]["protocolVersion"] == "2025-11-25");
    }
  }

  TEST_CASE("before the handshake only ping is served, and a second handshake is refused") {
    SessionFixture f;
    f.send(R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
    f.send(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})");
    f.send(R"({"jsonrpc":"2.0","id":3,"method":"server/discover"})");
    f.initialize("2025-06-18");
    f.send(
        R"({"jsonrpc":"2.0","id":4,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})");
    f.send(R"({"jsonrpc":"2.0","id":5,"method":"server/discover"})");
    CHECK(f.answer(1)["result"] == Json::object());
    CHECK(f.answer(2)["error"]["code"] == -32600);
    CHECK(f.answer(3)["error"]["code"] == -32602);
    CHECK(f.answer(4)["error"]["code"] == -32600);
    CHECK(f.answer(5)["error"]["code"] == -32601);
  }

  TEST_CASE("one connection serves the stateless revision and a handshake revision at once") {
    SessionFixture f;
    f.send(modern("1", "server/discover"));
    f.initialize("2025-11-25");
    f.send(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})");
    f.send(modern("3", "tools/list"));
    const Json discovered = f.answer(1)["result"];
    CHECK(discovered["resultType"] == "complete");
    CHECK(discovered["supportedVersions"] == Json::array({"2026-07-28"}));
    CHECK(discovered["cacheScope"] == "public");
    CHECK(discovered["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "test");
    CHECK_FALSE(f.answer(2)["result"].contains("resultType"));
    CHECK_FALSE(f.answer(2)["result"].contains("ttlMs"));
    CHECK(f.answer(3)["result"]["ttlMs"].is_number_integer());
  }

  TEST_CASE("what the stateless revision removed is not found there, and its envelope is checked") {
    SessionFixture f;
    f.send(modern("1", "ping"));
    f.send(modern("2", "initialize"));
    f.send(modern("3", "logging/setLevel"));
    f.send(modern("4", "tools/list", "", "2099-01-01"));
    f.send(modern("5", "tools/list", "", "2025-11-25"));
    f.send(
        R"({"jsonrpc":"2.0","id":6,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})");
    f.send(
        R"({"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":null,"io.modelcontextprotocol/clientCapabilities":{}}}})");
    for (const int id : {1, 2, 3}) CHECK(f.answer(id)["error"]["code"] == -32601);
    for (const int id : {4, 5}) {
      CHECK(f.answer(id)["error"]["code"] == -32022);
      CHECK(f.answer(id)["error"]["data"]["supported"] == Json::array({"2026-07-28"}));
    }
    CHECK(f.answer(4)["error"]["data"]["requested"] == "2099-01-01");
    for (const int id : {6, 7}) CHECK(f.answer(id)["error"]["code"] == -32602);
  }

  TEST_CASE("a tool that works, one that fails, one that throws and one that is unknown") {
    SessionFixture f;
    f.initialize("2025-11-25");
    f.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"}}})");
    f.send(R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"fail"}})");
    f.send(R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"throw"}})");
    f.send(R"({"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"nope"}})");
    f.send(R"({"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"echo","arguments":[]}})");
    f.send(R"({"jsonrpc":"2.0","id":6,"method":"tools/call","params":{}})");
    CHECK(f.answer(1)["result"]["structuredContent"]["said"] == "hi");
    CHECK(f.answer(1)["result"]["content"][0]["text"] == "said it");
    CHECK(f.answer(2)["result"]["isError"] == true);
    CHECK(f.answer(2)["result"]["structuredContent"]["error"]["code"] == "not_found");
    CHECK(f.answer(2)["result"]["structuredContent"]["next_step"] == "Use list_agents.");
    CHECK(f.answer(3)["error"]["code"] == -32603);
    CHECK(f.answer(3).dump().find("secret detail") == std::string::npos);
    for (const int id : {4, 5, 6}) CHECK(f.answer(id)["error"]["code"] == -32602);
  }

  TEST_CASE("a bad argument is a result that names the field, what was expected and an example") {
    SessionFixture f;
    f.initialize("2025-11-25");
    f.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":5}}})");
    f.send(R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo"}})");
    f.send(R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"echo","arguments":{"tex":"hi"}}})");
    const auto text = [&](int id) { return f.answer(id)["result"]["content"][0]["text"].get<std::string>(); };
    CHECK(text(1).starts_with(R"(Argument "text" must be a string. Example: "hi".)"));
    CHECK(text(2).starts_with(R"(Argument "text" is missing: it must be a string.)"));
    CHECK(text(3).starts_with(R"(Unknown argument "tex". Did you mean "text"?)"));
    CHECK(f.answer(1)["result"]["structuredContent"]["error"]["field"] == "text");
  }

  TEST_CASE("older clients get the facts in content, and definitions without what they do not know") {
    SessionFixture f;
    f.initialize("2024-11-05");
    f.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"}}})");
    f.send(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})");
    CHECK_FALSE(f.answer(1)["result"].contains("structuredContent"));
    CHECK(f.answer(1)["result"]["content"][1]["text"] == R"({"said":"hi"})");
    const Json echo = f.answer(2)["result"]["tools"][0];
    CHECK(echo["name"] == "echo");
    for (const char* unknown : {"title", "outputSchema", "annotations"}) CHECK_FALSE(echo.contains(unknown));
  }

  TEST_CASE("tools come in pages in a stable order, and only our own cursors are taken") {
    SessionFixture f;
    f.initialize("2025-11-25");
    f.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
    const Json first = f.answer(1)["result"];
    CHECK(first["tools"].size() == 3);
    f.send(R"({"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":)" + first["nextCursor"].dump() + "}}");
    const Json second = f.answer(2)["result"];
    CHECK(second["tools"][0]["name"] == "wait");
    CHECK_FALSE(second.contains("nextCursor"));
    int id = 3;
    for (const char* cursor : {"\"\"", "\"x\"", "\"after:nope\"", "5"}) {
      f.send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"tools/list","params":{"cursor":)" +
             cursor + "}}");
      CHECK_MESSAGE(f.answer(id)["error"]["code"] == -32602, cursor);
      ++id;
    }
  }

  TEST_CASE("progress and log messages come before the result, and only when asked for") {
    SessionFixture f;
    f.initialize("2025-11-25");
    f.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a"}}})");
    f.answer(1);
    CHECK(f.sink->all().size() == 2);
    f.send(R"({"jsonrpc":"2.0","id":2,"method":"logging/setLevel","params":{"level":"info"}})");
    f.send(
        R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a"},"_meta":{"progressToken":7}}})");
    f.answer(3);
    const auto messages = f.sink->all();
    REQUIRE(messages.size() == 6);
    CHECK(messages[3]["method"] == "notifications/progress");
    CHECK(messages[3]["params"] == Json::parse(R"({"progressToken":7,"progress":1.0,"total":2.0,"message":"half"})"));
    CHECK(messages[4]["method"] == "notifications/message");
    CHECK(messages[5]["id"] == 3);
    f.send(R"({"jsonrpc":"2.0","id":4,"method":"logging/setLevel","params":{"level":"loud"}})");
    CHECK(f.answer(4)["error"]["code"] == -32602);
  }

  TEST_CASE("a cancelled request is never answered, and its id may be used again at once") {
    SessionFixture f;
    f.initialize("2025-11-25");
    f.send(R"({"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"wait","_meta":{"progressToken":"t"}}})");
    f.waiting.wait();
    f.send(R"({"jsonrpc":"2.0","id":9,"method":"ping"})");
    CHECK_MESSAGE(f.answer(9)["error"]["code"] == -32600, "the id is taken while it runs");
    f.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"9"}})");
    f.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}})");
    f.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled"})");
    f.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}})");
    f.send(R"({"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"fail"}})");
    CHECK(f.session->drain(std::chrono::minutes(1)));
    const auto messages = f.sink->all();
    REQUIRE(messages.size() == 3);
    CHECK(messages[2]["result"]["isError"] == true);
  }

  TEST_CASE("a cancellation names its request by the same JSON value, without any conversion") {
    struct Row {
      const char* running;  // the id of the request that waits
      const char* cancel;   // requestId
      bool is_hit;
    };

    const std::vector<Row> rows{
        {"-1", "18446744073709551615", false},                   // 2^64-1
        {"-9223372036854775808", "9223372036854775808", false},  // -2^63 and 2^63
        {"9223372036854775807", "9223372036854775807", true},
        {"-9223372036854775808", "-9223372036854775808", true},
        {"1", "\"1\"", false},
        {"\"1\"", "1", false},
        {"1", "1.0", false},
        {"100", "1e2", false},
        {"0", "-0.0", false},
        {"0", "false", false},
        {"0", "null", false},
        {"0", "[0]", false},
        {"\"\"", "\"\"", true},
    };
    for (const Row& row : rows) {
      CAPTURE(row.running);
      CAPTURE(row.cancel);
      SessionFixture f;
      f.initialize("2025-11-25");
      f.send(std::string(R"({"jsonrpc":"2.0","id":)") + row.running +
             R"(,"method":"tools/call","params":{"name":"wait"}})");
      f.waiting.wait();
      f.send(std::string(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)") + row.cancel +
             "}}");
      // A cancelled id is free again, one in use is refused.
      f.send(std::string(R"({"jsonrpc":"2.0","id":)") + row.running +
             R"(,"method":"tools/call","params":{"name":"echo","arguments":{"text":"x"}}})");
      const Json answer = f.sink->answer(Json::parse(row.running));
      CHECK(answer.contains("result") == row.is_hit);
      f.session->cancel_all();
    }
  }

  TEST_CASE(
      "an id that is no string and no 64-bit integer is refused, and a progress token comes back as it was sent") {
    for (const char* id : {"9223372036854775808", "18446744073709551615", "1.0", "1e2", "null", "true", "[1]"}) {
      CAPTURE(id);
      SessionFixture f;
      f.send(std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"method":"ping"})");
      const auto all = f.sink->all();
      REQUIRE(all.size() == 1);
      CHECK(all[0]["error"]["code"] == -32600);
    }
    for (const char* token : {"18446744073709551615", "9223372036854775808", "-1", "\"1\"", "1"}) {
      CAPTURE(token);
      SessionFixture f;
      f.initialize("2025-11-25");
      f.send(
          std::string(
              R"({"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"echo","arguments":{"text":"x"},"_meta":{"progressToken":)") +
          token + "}}}");
      f.sink->answer(5);
      CHECK(f.sink->sent("notifications/progress", 0)["params"]["progressToken"].dump() == token);
    }
  }

  TEST_CASE("a request never waits behind a slow one") {
    SessionFixture f;
    f.initialize("2025-11-25");
    f.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}})");
    f.waiting.wait();
    f.send(R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"fail"}})");
    f.send(R"({"jsonrpc":"2.0","id":3,"method":"ping"})");
    CHECK(f.answer(2)["result"]["isError"] == true);
    CHECK(f.answer(3).contains("result"));
    CHECK(f.session->drain(std::chrono::milliseconds(0)));
  }

  TEST_CASE("what still runs when the server stops is told to end, and its answer is sent") {
    SessionFixture f;
    f.initialize("2025-11-25");
    f.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}})");
    f.waiting.wait();
    CHECK(f.session->drain(std::chrono::milliseconds(0)));
    const auto messages = f.sink->all();
    REQUIRE_MESSAGE(messages.size() == 2, "an answer that was made must not be lost");
    CHECK(messages[1]["id"] == 1);
    CHECK(messages[1]["result"]["structuredContent"]["error"]["code"] == "cancelled");
  }

  TEST_CASE("at the end what only reads is stopped after a second, long before a write is") {
    SessionFixture f;
    f.initialize("2025-11-25");
    f.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}})");
    f.send(R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"write"}})");
    f.waiting.wait();
    std::jthread upstream([&f] {
      f.answer(1);  // the read was stopped and answered
      f.upstream_answer.count_down();
    });
    CHECK(f.session->drain(std::chrono::minutes(1)));
    CHECK(f.answer(1)["result"]["isError"] == true);
    CHECK(f.answer(2)["result"]["content"][0]["text"] == "written");
  }

  TEST_CASE("batches are taken where the revision has them, and nowhere else") {
    const std::string batch =
        R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":2,"method":"tools/list"}])";
    for (const char* revision : {"2024-11-05", "2025-03-26"}) {
      SessionFixture f;
      f.initialize(revision);
      f.send(batch);
      REQUIRE(f.sink->all().size() == 2);
      const Json answers = f.sink->all()[1];
      REQUIRE_MESSAGE((answers.is_array() && answers.size() == 2), "one array for the two requests");
      CHECK(answers[0].contains("result"));
      CHECK(answers[0]["id"] == 1);
      CHECK(answers[1]["id"] == 2);
      f.send("[" + modern("3", "tools/list") + "]");
      f.send(R"([{"jsonrpc":"2.0","id":4,"method":"initialize","params":{}}])");
      CHECK(f.sink->all()[2]["error"]["code"] == -32600);
      CHECK(f.sink->all()[3][0]["error"]["code"] == -32600);
    }
    for (const char* revision : {"2025-06-18", "2025-11-25"}) {
      SessionFixture f;
      f.initialize(revision);
      f.send(batch);
      REQUIRE(f.sink->all().size() == 2);
      CHECK(f.sink->all()[1]["error"]["code"] == -32600);
    }
  }

  TEST_CASE("notifications and stray responses are never answered") {
    SessionFixture f;
    f.initialize("2025-11-25");
    f.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    f.send(R"({"jsonrpc":"2.0","method":"notifications/made_up","params":[1]})");
    f.send(R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo"}})");
    f.send(R"({"jsonrpc":"2.0","id":5,"result":{}})");
    f.send(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}})");
    f.send(R"({"jsonrpc":"2.0","id":6,"result":{},"error":{}})");
    f.send(R"([{"jsonrpc":"2.0","id":7,"result":{}},{"jsonrpc":"2.0","error":{"code":-1,"message":"no"}}])");
    CHECK(f.sink->all().size() == 1);
  }

  TEST_CASE("when too much is waiting the request is refused, not forgotten") {
    SessionFixture f;
    std::latch release(1);
    std::latch running(4);
    for (int i = 0; i < 4; ++i) {
      REQUIRE(f.executor.submit([&] {
        running.count_down();
        release.wait();
      }));
    }
    running.wait();
    f.initialize("2025-11-25");
    for (int id = 0; id < 9; ++id) {
      f.send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"tools/call","params":{"name":"fail"}})");
    }
    CHECK(f.answer(8)["error"]["code"] == -32000);
    release.count_down();
    for (int id = 0; id < 8; ++id) CHECK(f.answer(id).contains("result"));
  }
}

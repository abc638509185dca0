#include "mcp/input_request.h"

#include <doctest/doctest.h>

#include "mcp/client_capabilities.h"
#include "mcp/revision.h"

using apmcp::Json;
using apmcp::mcp::find_revision;
using apmcp::mcp::for_revision;
using apmcp::mcp::InputRequest;
using apmcp::mcp::missing_capabilities;
using apmcp::mcp::RequestContext;

namespace {

class NoInput final : public apmcp::mcp::InputChannel {
 public:
  apmcp::Result<std::vector<Json>> ask(std::span<const InputRequest> requests, apmcp::mcp::AnswerProof) override {
    asked.assign(requests.begin(), requests.end());
    return answers;
  }

  std::vector<InputRequest> asked;
  std::vector<Json> answers;
};

Json form(const char* properties) {
  return Json{{"mode", "form"},
              {"message", "?"},
              {"requestedSchema", {{"type", "object"}, {"properties", Json::parse(properties)}}}};
}

Json properties_for(const char* revision, const char* properties) {
  const InputRequest request{.key = "k", .method = "elicitation/create", .params = form(properties)};
  return for_revision(request, *find_revision(revision)).params["requestedSchema"]["properties"];
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a capability is missing when it or a part of it was not declared") {
    const auto missing = [](const char* declared, const char* required) {
      return missing_capabilities(Json::parse(declared), Json::parse(required)).dump();
    };
    CHECK(missing(R"({})", R"({"sampling":{}})") == R"({"sampling":{}})");
    CHECK(missing(R"({"sampling":{}})", R"({"sampling":{}})") == "{}");
    CHECK(missing(R"({"sampling":true})", R"({"sampling":{}})") == R"({"sampling":{}})");
    CHECK(missing(R"({"sampling":{}})", R"({"sampling":{"tools":{}}})") == R"({"sampling":{"tools":{}}})");
    CHECK(missing(R"({"elicitation":{}})", R"({"elicitation":{"form":{}}})") == "{}");
    CHECK(missing(R"({"elicitation":{}})", R"({"elicitation":{"url":{}}})") == R"({"elicitation":{"url":{}}})");
    CHECK(missing(R"({"elicitation":{"url":{}}})", R"({"elicitation":{"form":{}}})") ==
          R"({"elicitation":{"form":{}}})");
    CHECK(missing(R"({"extensions":{"a/b":{}}})", R"({"extensions":{"a/b":{},"c/d":{}}})") ==
          R"({"extensions":{"c/d":{}}})");
  }

  TEST_CASE("a client of 2025-06-18 gets forms in its own words") {
    CHECK(properties_for("2025-06-18", R"({"a":{"type":"string","default":"x"},"b":{"type":"integer","default":1},
                                           "c":{"type":"boolean","default":true}})") ==
          Json::parse(R"({"a":{"type":"string"},"b":{"type":"integer"},"c":{"type":"boolean","default":true}})"));
    CHECK(properties_for("2025-06-18", R"({"a":{"type":"string","oneOf":[{"const":"x","title":"X"}]}})") ==
          Json::parse(R"({"a":{"type":"string","enum":["x"],"enumNames":["X"]}})"));
    CHECK(properties_for("2025-06-18",
                         R"({"a":{"type":"array","items":{"type":"string","enum":["x","y"]},"minItems":1}})") ==
          Json::parse(R"({"a":{"type":"string","enum":["x","y"]}})"));
    const char* newest = R"({"a":{"type":"array","items":{"anyOf":[{"const":"x","title":"X"}]},"default":["x"]}})";
    CHECK(properties_for("2025-11-25", newest) == Json::parse(newest));
    const InputRequest request{.key = "k", .method = "elicitation/create", .params = form("{}")};
    CHECK_FALSE(for_revision(request, *find_revision("2025-06-18")).params.contains("mode"));
    CHECK(for_revision(request, *find_revision("2026-07-28")).params["mode"] == "form");
  }

  TEST_CASE("several choices of an older client are one, and the handler still gets a list") {
    NoInput channel;
    channel.answers = {Json::parse(R"({"action":"accept","content":{"colors":"red"}})")};
    RequestContext context;
    context.revision = find_revision("2025-06-18");
    context.client_capabilities = Json{{"elicitation", Json::object()}};
    context.input = &channel;
    const auto answer =
        context.ask({.key = "k",
                     .method = "elicitation/create",
                     .params = form(R"({"colors":{"type":"array","items":{"type":"string","enum":["red","blue"]}}})")});
    REQUIRE(answer);
    CHECK((*answer)["content"]["colors"] == Json::array({"red"}));
    CHECK(channel.asked[0].params["requestedSchema"]["properties"]["colors"]["type"] == "string");
  }

  TEST_CASE("a flow in the browser has an id in 2025-11-25 and none in 2026-07-28") {
    const InputRequest request{.key = "k",
                               .method = "elicitation/create",
                               .params = {{"mode", "url"}, {"url", "https://a.example"}, {"message", "Sign in"}}};
    const Json legacy = for_revision(request, *find_revision("2025-11-25")).params;
    CHECK(legacy["elicitationId"].get<std::string>().size() == 32);
    const InputRequest again{.key = "k", .method = "elicitation/create", .params = legacy};
    CHECK(for_revision(again, *find_revision("2025-11-25")).params["elicitationId"] == legacy["elicitationId"]);
    CHECK_FALSE(for_revision(again, *find_revision("2026-07-28")).params.contains("elicitationId"));
  }

  TEST_CASE("what a client can is asked of the revision and of its capabilities") {
    NoInput channel;
    RequestContext context;
    context.revision = find_revision("2025-11-25");
    context.client_capabilities = Json::parse(R"({"elicitation":{"url":{},"form":{}},"roots":{}})");
    CHECK_FALSE(context.can("roots/list"));  // there is no way to the client
    context.input = &channel;
    CHECK(context.can("roots/list"));
    CHECK(context.can("elicitation/create"));
    CHECK(context.can("elicitation/create", Json{{"mode", "url"}}));
    CHECK_FALSE(context.can("sampling/createMessage"));
    context.revision = find_revision("2025-06-18");
    CHECK(context.can("elicitation/create"));
    CHECK_FALSE(context.can("elicitation/create", Json{{"mode", "url"}}));
  }
}

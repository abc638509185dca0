#include "mcp/mirrored_argument.h"

#include <stdexcept>

#include <doctest/doctest.h>

using apmcp::Json;
using apmcp::mcp::find_mirrored_arguments;
using apmcp::mcp::is_absent;
using apmcp::mcp::says_the_same;

TEST_SUITE("unit") {
  TEST_CASE("annotated properties are found wherever properties alone lead") {
    const auto found = find_mirrored_arguments(R"({"type":"object","properties":{
      "region":{"type":"string","x-mcp-header":"Region"},
      "x-mcp-header":{"type":"string","default":{"x-mcp-header":"only data"}},
      "where":{"type":"object","properties":{"zone":{"type":"integer","x-mcp-header":"Zone-2"}}}}})");
    REQUIRE(found.size() == 2);
    CHECK(found[0].header == "mcp-param-region");
    CHECK(found[1].header == "mcp-param-zone-2");
    CHECK(found[1].path == std::vector<std::string>{"where", "zone"});
    CHECK(find_mirrored_arguments(R"({"type":"object"})").empty());
  }

  TEST_CASE("an annotation against the rules is a mistake of ours, told when the tool is registered") {
    for (const char* properties :
         {R"("a":{"type":"string","x-mcp-header":""})", R"("a":{"type":"string","x-mcp-header":"two words"})",
          R"("a":{"type":"string","x-mcp-header":5})", R"("a":{"type":"number","x-mcp-header":"A"})",
          R"("a":{"x-mcp-header":"A"})", R"("a":{"type":["string","null"],"x-mcp-header":"A"})",
          R"("a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"})",
          R"("a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}})",
          R"("a":{"anyOf":[{"type":"string","x-mcp-header":"A"}]})"}) {
      const std::string schema = std::string(R"({"type":"object","properties":{)") + properties + "}}";
      CHECK_THROWS_AS_MESSAGE(find_mirrored_arguments(schema), std::invalid_argument, properties);
    }
    for (const char* schema :
         {R"({"x-mcp-header":"A","type":"string"})", R"({"$defs":{"a":{"type":"string","x-mcp-header":"A"}}})",
          R"({"if":{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}})"}) {
      CHECK_THROWS_AS_MESSAGE(find_mirrored_arguments(schema), std::invalid_argument, schema);
    }
  }

  TEST_CASE("values are compared by what they mean") {
    const apmcp::mcp::MirroredArgument mirrored{.path = {"a", "b"}, .header = "mcp-param-b"};
    const auto same = [&](const char* argument, std::string_view value) {
      return says_the_same(mirrored, Json{{"a", {{"b", Json::parse(argument)}}}}, value);
    };
    CHECK(same(R"("eu")", "eu"));
    CHECK_FALSE(same(R"("eu")", "EU"));
    CHECK(same("42", "42"));
    CHECK(same("42.0", "42"));
    CHECK(same("42", "42.0"));
    CHECK_FALSE(same("42", "42 "));
    CHECK_FALSE(same("42", "x"));
    CHECK_FALSE(same("42", ""));
    CHECK(same("-9007199254740991", "-9007199254740991"));
    CHECK_FALSE(same("9007199254740993", "9007199254740993"));
    CHECK(same("true", "true"));
    CHECK_FALSE(same("true", "1"));
    CHECK_FALSE(same("[1]", "[1]"));
    for (const char* absent : {R"({})", R"({"a":5})", R"({"a":{"b":null}})"}) {
      CHECK_MESSAGE(is_absent(mirrored, Json::parse(absent)), absent);
    }
  }
}

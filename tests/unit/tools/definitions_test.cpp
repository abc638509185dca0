#include "tools/definitions.h"

#include <algorithm>
#include <array>
#include <set>

#include <doctest/doctest.h>

#include "tools/catalog.h"
#include "unit/tools/schema_check.h"

// What every client that we know of accepts, and what a model needs to choose and use a tool well. A definition that
// breaks a rule can make a client drop the whole server, so each rule is checked for each tool.
namespace apmcp {
namespace {

Json parsed(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  REQUIRE_FALSE(json.is_discarded());
  return json;
}

template <typename Check>
void for_all_tools(Check check) {
  for (const auto& definition : tools::definitions()) {
    CAPTURE(definition.name);
    check(definition, parsed(definition.wire));
  }
}

const std::set<std::string> kSchemaWords{"type",      "description", "properties", "required", "additionalProperties",
                                         "items",     "enum",        "minimum",    "maximum",  "minLength",
                                         "maxLength", "maxItems"};
const std::set<std::string> kTypes{"object", "array", "string", "integer", "number", "boolean"};

/// Gemini, OpenAI and Anthropic each refuse some part of JSON Schema; this is what all of them take.
void check_schema_words(const Json& schema) {
  REQUIRE(schema.is_object());
  for (const auto& [word, value] : schema.items()) CHECK_MESSAGE(kSchemaWords.contains(word), "not allowed: " << word);
  REQUIRE(schema.contains("type"));
  REQUIRE(schema["type"].is_string());
  CHECK(kTypes.contains(schema["type"].get<std::string>()));
  if (schema.contains("items")) check_schema_words(schema["items"]);
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [name, property] : properties.items()) {
    CAPTURE(name);
    CHECK_FALSE(property.value("description", "").empty());
    check_schema_words(property);
    if (property["type"] == "array") CHECK(property.contains("items"));
  }
}

/// An enumeration is bounded by its words.
void check_bounded(const Json& schema) {
  if (schema["type"] == "string" && !schema.contains("enum")) CHECK(schema.contains("maxLength"));
  if (schema["type"] != "array") return;
  CHECK(schema.contains("maxItems"));
  check_bounded(schema["items"]);
}

TEST_SUITE("unit") {
  TEST_CASE("all 27 tools are there, in a stable order") {
    const auto all = tools::definitions();
    CHECK(all.size() == 27);
    CHECK(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
  }

  TEST_CASE("names are short snake_case, titles are not the name again") {
    for_all_tools([](const mcp::ToolDefinition& definition, const Json& wire) {
      CHECK(definition.name.size() <= 25);
      CHECK(std::all_of(definition.name.begin(), definition.name.end(),
                        [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }));
      CHECK(wire["name"] == definition.name);
      CHECK_FALSE(wire["title"].get<std::string>().empty());
      CHECK(wire["title"] != wire["name"]);
      CHECK_FALSE(wire.contains("x-agentphone"));
    });
  }

  TEST_CASE("descriptions are 50 to 90 words, name a sibling and do not order the model about") {
    std::set<std::string> names;
    for (const auto& definition : tools::definitions()) names.emplace(definition.name);
    for_all_tools([&names](const mcp::ToolDefinition& definition, const Json& wire) {
      const auto text = wire["description"].get<std::string>();
      CHECK(text.size() <= 600);
      const auto words = std::count(text.begin(), text.end(), ' ') + 1;
      CHECK(words >= 50);
      CHECK(words <= 90);
      CHECK(std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return name != definition.name && text.find(name) != std::string::npos;
      }));
      for (const char* steering :
           {"USE THIS", "IMPORTANT", "ALWAYS", "always ", "you must", "You must", "MUST", "NEVER"}) {
        CHECK(text.find(steering) == std::string::npos);
      }
    });
  }

  TEST_CASE("schemas use only words that every client accepts, and describe every property") {
    for_all_tools([](const mcp::ToolDefinition& definition, const Json& wire) {
      for (const char* which : {"inputSchema", "outputSchema"}) {
        CAPTURE(which);
        CHECK(wire[which]["type"] == "object");
        REQUIRE(wire[which].contains("properties"));
        check_schema_words(wire[which]);
      }
      CHECK(wire["inputSchema"]["additionalProperties"] == false);
      CHECK(parsed(definition.input_schema) == wire["inputSchema"]);
    });
  }

  TEST_CASE("every input has a bound: a length for text, a number of items for lists") {
    for_all_tools([](const mcp::ToolDefinition& /*definition*/, const Json& wire) {
      for (const auto& [name, property] : wire["inputSchema"]["properties"].items()) {
        CAPTURE(name);
        check_bounded(property);
      }
    });
  }

  TEST_CASE("an error answer fits every output schema, because only next_step is required") {
    const Json error{{"error", {{"code", "not_found"}, {"message", "No such agent."}}}, {"next_step", "list_agents"}};
    for_all_tools([&error](const mcp::ToolDefinition& /*definition*/, const Json& wire) {
      CHECK(wire["outputSchema"]["required"] == Json::array({"next_step"}));
      CHECK_FALSE(wire["outputSchema"].contains("additionalProperties"));
      CHECK_FALSE(wire["outputSchema"]["properties"].contains("error"));
      CHECK(test::schema_mistake(wire["outputSchema"], error) == "");
    });
  }

  TEST_CASE("all four hints are set and agree with the effect") {
    for_all_tools([](const mcp::ToolDefinition& definition, const Json& wire) {
      const Json& hints = wire["annotations"];
      for (const char* hint : {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}) {
        CAPTURE(hint);
        REQUIRE(hints.contains(hint));
        CHECK(hints[hint].is_boolean());
      }
      CHECK(hints["title"] == wire["title"]);
      const bool reads = definition.effect == "reads";
      CHECK(hints["readOnlyHint"] == reads);
      if (reads) CHECK(hints["destructiveHint"] == false);
      if (reads) CHECK(hints["idempotentHint"] == true);
      if (definition.effect == "spends" || definition.effect == "destroys") CHECK(hints["destructiveHint"] == true);
      const std::array<std::string_view, 4> effects{"reads", "writes", "spends", "destroys"};
      CHECK(std::find(effects.begin(), effects.end(), definition.effect) != effects.end());
    });
  }

  TEST_CASE("what texts, calls, mails or posts to the outside is marked destructive") {
    for_all_tools([](const mcp::ToolDefinition& definition, const Json& wire) {
      const std::set<std::string_view> outside{"sign_up", "send_sms", "place_call", "test_webhook"};
      if (outside.contains(definition.name)) CHECK(wire["annotations"]["destructiveHint"] == true);
      if (outside.contains(definition.name)) CHECK(wire["annotations"]["openWorldHint"] == true);
    });
  }

  TEST_CASE("the example of each tool fits its own input schema") {
    for_all_tools([](const mcp::ToolDefinition& definition, const Json& wire) {
      CHECK(test::schema_mistake(wire["inputSchema"], parsed(definition.example)) == "");
    });
  }

  TEST_CASE("the tools whose schema has confirm are the ones that ask for it") {
    const auto bindings = tools::all_bindings();
    for_all_tools([&bindings](const mcp::ToolDefinition& definition, const Json& wire) {
      const auto binding =
          std::find_if(bindings.begin(), bindings.end(), [&](const auto& b) { return b.name == definition.name; });
      REQUIRE(binding != bindings.end());
      const bool asks = binding->preview != nullptr;
      CHECK(wire["inputSchema"]["properties"].contains("confirm") == asks);
      if (definition.effect == "destroys") CHECK(asks);
    });
  }

  TEST_CASE("the whole list stays small, because every session of every client pays for it") {
    std::size_t bytes = 0;
    for_all_tools([&bytes](const mcp::ToolDefinition& definition, const Json& /*wire*/) {
      CHECK(definition.wire.size() <= 2'100);
      bytes += definition.wire.size();
    });
    CHECK(bytes <= 35'500);
  }

  TEST_CASE("a definition without a function, or a function without a definition, stops the start") {
    const auto bindings = tools::all_bindings();
    CHECK(tools::check_catalog(tools::definitions(), bindings).ok());
    const auto missing = tools::check_catalog(tools::definitions(), std::span(bindings).subspan(1));
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.error().message.find(bindings.front().name) != std::string::npos);
    const auto surplus = tools::check_catalog(tools::definitions().subspan(1), bindings);
    REQUIRE_FALSE(surplus.ok());
    CHECK(surplus.error().message.find("no definition") != std::string::npos);
  }
}

}  // namespace
}  // namespace apmcp

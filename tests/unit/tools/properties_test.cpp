#include <algorithm>

#include <doctest/doctest.h>

#include "tools/definitions.h"
#include "unit/tools/phone_fixture.h"
#include "unit/tools/schema_check.h"

namespace apmcp {
namespace {

/// The example's ids are those of the documentation; the fixture has its own.
Json example_for_fixture(std::string text) {
  const std::vector<std::pair<std::string, std::string>> ids{
      {"agt_01HZX5", "agt_1"}, {"num_01HZX6", "num_1"}, {"call_01J0C2", "call_1"}, {"conv_01J0A3", "conv_1"}};
  for (const auto& [from, to] : ids) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from)) text.replace(at, from.size(), to);
  }
  return Json::parse(text);
}

/// What the tool asked upstream and what it answered, as one text.
std::string behaviour(std::string_view tool, const Json& arguments) {
  test::PhoneFixture phone;
  phone.turn_inbox_on();
  const auto result = phone.call(tool, arguments);
  const std::string answer =
      result ? result->structured.dump() + result->text : result.error().message + result.error().data.dump();
  return phone.upstream.log() + answer;
}

std::vector<Json> other_values(const std::string& name, const Json& property) {
  if (property.contains("enum")) return property["enum"].get<std::vector<Json>>();
  if (property["type"] == "boolean") return {true, false};
  if (property["type"] == "integer") return {property["minimum"].get<int>(), property["minimum"].get<int>() + 1};
  if (property["type"] == "array") return {Json::array({"msg_1"})};
  if (name.ends_with("url")) return {"https://other.example.com/x"};
  if (name.ends_with("_number")) return {"+14155550199"};
  if (name == "since") return {"2026-04-19T17:20:11Z"};
  if (name == "cursor") return {"e7"};
  return {"654321", "212", "other"};
}

bool has_effect(std::string_view tool, const Json& base, const std::string& name, const Json& property) {
  const std::string before = behaviour(tool, base);
  const auto values = other_values(name, property);
  return std::any_of(values.begin(), values.end(), [&](const Json& value) {
    Json changed = base;
    changed[name] = value;
    return behaviour(tool, changed) != before;
  });
}

TEST_SUITE("unit") {
  TEST_CASE("every property of every input schema changes what the tool does") {
    for (const auto& definition : tools::definitions()) {
      const Json schema = Json::parse(definition.input_schema);
      const Json example = example_for_fixture(std::string(definition.example));
      Json required = Json::object();
      for (const Json& name : schema.value("required", Json::array())) {
        required[name.get<std::string>()] = example[name.get<std::string>()];
      }
      for (const auto& [name, property] : schema["properties"].items()) {
        CAPTURE(definition.name);
        CAPTURE(name);
        CHECK((has_effect(definition.name, example, name, property) ||
               has_effect(definition.name, required, name, property)));
      }
    }
  }

  TEST_CASE("every tool works with its example, and the answer fits the output schema and declares each member") {
    for (const auto& definition : tools::definitions()) {
      CAPTURE(definition.name);
      test::PhoneFixture phone;
      phone.turn_inbox_on();
      const Json answer = phone.ok(definition.name, example_for_fixture(std::string(definition.example)));
      const Json schema = Json::parse(definition.wire)["outputSchema"];
      CHECK(test::schema_mistake(schema, answer) == "");
      CHECK_FALSE(answer["next_step"].get<std::string>().empty());
      for (const auto& [member, value] : answer.items()) {
        CHECK_MESSAGE(schema["properties"].contains(member), "not in the output schema: " << member);
        CHECK_FALSE(value.is_null());
      }
    }
  }

  TEST_CASE("no answer and no error of any tool holds the key, or a secret that was not asked for") {
    const std::string poison = std::string(R"({"detail":"bad )") + test::kCanaryKey + " " + test::kTestSecret + R"("})";
    for (const auto& definition : tools::definitions()) {
      CAPTURE(definition.name);
      const Json example = example_for_fixture(std::string(definition.example));
      CHECK(behaviour(definition.name, example).find("canary") == std::string::npos);

      test::PhoneFixture phone;
      phone.turn_inbox_on();
      phone.ok(definition.name, example);
      if (definition.name == "list_events") continue;  // asks nobody
      REQUIRE_FALSE(phone.upstream.lines().empty());
      for (const std::string& line : phone.upstream.lines())
        phone.upstream.on(line.substr(0, line.find('?')), poison, 400);
      const Error error = phone.failure(definition.name, example);
      CHECK((error.message + error.next_step + error.data.dump()).find("canary") == std::string::npos);
    }
  }

  TEST_CASE("an unknown id or a refusal is an error with a next step, for every tool that names something") {
    for (const auto& definition : tools::definitions()) {
      const Json example = Json::parse(definition.example);  // ids that the fixture does not know
      const bool names_something = example.contains("agent_id") || example.contains("number_id") ||
                                   example.contains("call_id") || example.contains("conversation_id");
      if (!names_something || example.contains("country") || example.contains("body") ||
          example.contains("to_number") || definition.name == "test_webhook") {
        continue;  // these name the agent only in the body, which the fixture does not look at
      }
      CAPTURE(definition.name);
      test::PhoneFixture phone;
      const Error error = phone.failure(definition.name, example);
      CHECK(error.code == ErrorCode::kNotFound);
      CHECK_FALSE(error.next_step.empty());
    }
  }
}

}  // namespace
}  // namespace apmcp

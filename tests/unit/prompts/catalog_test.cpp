#include "prompts/catalog.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "mcp/prompt_registry.h"
#include "prompts/definitions.h"
#include "tools/definitions.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp::test {
namespace {

std::set<std::string> argument_names(const prompts::PromptDefinition& definition) {
  std::set<std::string> names;
  const Json wire = Json::parse(definition.wire);
  for (const Json& argument : wire["arguments"]) names.insert(argument["name"]);
  return names;
}

/// What stands between backticks.
std::set<std::string> named_arguments(std::string_view script) {
  std::set<std::string> names;
  for (std::size_t open = script.find('`'); open != std::string_view::npos;) {
    const std::size_t close = script.find('`', open + 1);
    REQUIRE(close != std::string_view::npos);
    names.emplace(script.substr(open + 1, close - open - 1));
    open = script.find('`', close + 1);
  }
  return names;
}

bool is_of_a_name(char letter) {
  return (letter >= 'a' && letter <= 'z') || letter == '_';
}

/// Words with an underscore: tools, their arguments and the fields of their results.
std::set<std::string> technical_words(std::string_view script) {
  std::set<std::string> words;
  for (const char* at = script.begin(); at != script.end();) {
    const char* const begin = std::find_if(at, script.end(), is_of_a_name);
    at = std::find_if_not(begin, script.end(), is_of_a_name);
    const std::string word(begin, at);
    if (word.find('_') != std::string::npos) words.insert(word);
  }
  return words;
}

/// Some tool has, takes or gives this.
bool is_known_to_a_tool(const std::string& word) {
  const auto definitions = tools::definitions();
  return std::any_of(definitions.begin(), definitions.end(), [&](const mcp::ToolDefinition& definition) {
    return definition.wire.find(word) != std::string_view::npos;
  });
}

/// The prompts over the account of PhoneFixture.
struct PromptPhone : PhoneFixture {
  mcp::PromptRegistry registry{prompts::make_prompts(services)};

  std::vector<std::string> completed(std::string_view prompt, std::string_view argument, std::string_view typed) {
    const auto completer = registry.completer(prompt, argument);
    REQUIRE(completer.ok());
    REQUIRE(*completer != nullptr);
    return (**completer)(typed, {}, context)->values;
  }
};

TEST_SUITE("unit") {
  TEST_CASE("every prompt describes itself and its arguments, and its script uses them all") {
    CHECK(prompts::definitions().size() == 8);
    for (const prompts::PromptDefinition& definition : prompts::definitions()) {
      CAPTURE(definition.name);
      const Json wire = Json::parse(definition.wire);
      CHECK_FALSE(wire["title"].get<std::string>().empty());
      CHECK_FALSE(wire["description"].get<std::string>().empty());
      for (const Json& argument : wire["arguments"]) CHECK_FALSE(argument["description"].get<std::string>().empty());
      const auto arguments = argument_names(definition);
      CHECK(named_arguments(definition.script) == arguments);
      CHECK(definition.script.size() < 2500);
      const Json completion = Json::parse(definition.completion);
      for (const auto& completed : completion.items()) CHECK(arguments.contains(completed.key()));
    }
  }

  TEST_CASE("a script names only what the tools have") {
    for (const prompts::PromptDefinition& definition : prompts::definitions()) {
      CAPTURE(definition.name);
      const auto arguments = argument_names(definition);
      for (const std::string& word : technical_words(definition.script)) {
        CAPTURE(word);
        CHECK((arguments.contains(word) || is_known_to_a_tool(word)));
      }
    }
  }

  TEST_CASE("a prompt becomes one message of the user, without a word to AgentPhone") {
    PromptPhone phone;
    const auto output = phone.registry.get(
        "book_appointment", {{"business_number", "+14155550123"}, {"what", "a manicure"}, {"when", "Saturday"}},
        phone.context);
    REQUIRE(output.ok());
    REQUIRE(output->messages.size() == 1);
    CHECK(output->messages[0]["role"] == "user");
    const std::string text = output->messages[0]["content"]["text"];
    CHECK(text.find("place_call") != std::string::npos);
    CHECK(text.find("\nwhat: \"a manicure\"\n") != std::string::npos);
    CHECK(phone.upstream.lines().empty());
    CHECK_FALSE(phone.registry.get("book_appointment", {{"what", "a manicure"}}, phone.context).ok());
  }

  TEST_CASE("ids are completed from the account, and times from a list") {
    PromptPhone phone;
    using Values = std::vector<std::string>;
    CHECK(phone.completed("book_appointment", "agent_id", "") == Values{"agt_1"});
    CHECK(phone.completed("get_verification_code", "number_id", "+1415") == Values{"num_1"});
    CHECK(phone.completed("return_missed_call", "call_id", "call") == Values{"call_1"});
    CHECK(phone.completed("book_appointment", "when", "TOM") ==
          Values{"tomorrow", "tomorrow morning", "tomorrow afternoon"});
    CHECK(phone.completed("book_appointment", "when", "weekend") == Values{"this weekend"});
  }
}

}  // namespace
}  // namespace apmcp::test

#include <stdexcept>

#include <doctest/doctest.h>

#include "support/conversation.h"

using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::Result;
using apmcp::mcp::Catalog;
using apmcp::mcp::Completion;
using apmcp::mcp::McpServer;
using apmcp::mcp::NamedValues;
using apmcp::mcp::Prompt;
using apmcp::mcp::PromptOutput;
using apmcp::mcp::PromptRegistry;
using apmcp::mcp::RequestContext;
using apmcp::mcp::ResourceRegistry;
using apmcp::mcp::ResourceTemplate;
using apmcp::mcp::ToolRegistry;
using apmcp::test::Conversation;

namespace {

Json says(const std::string& text) {
  return {{"role", "user"}, {"content", {{"type", "text"}, {"text", text}}}};
}

/// Suggests what the client settled for `country` before, then as many numbers as the text that is typed says.
Result<Completion> suggest(std::string_view typed, const NamedValues& others, RequestContext&) {
  Completion completion;
  if (const auto country = others.find("country"); country != others.end()) completion.values = {country->second};
  const int count = typed.empty() ? 0 : std::stoi(std::string(typed));
  for (int i = 0; i < count; ++i) completion.values.push_back(std::to_string(i));
  return completion;
}

std::vector<Prompt> prompts() {
  std::vector<Prompt> all;
  all.push_back({.definition = Json::parse(R"({"name":"visit","title":"Visit","description":"Plans a visit.",
      "arguments":[{"name":"city","title":"City","required":true},{"name":"day"}],"icons":[{"src":"https://x/i.png"}]})"),
                 .get = [](const NamedValues& arguments, RequestContext&) -> Result<PromptOutput> {
                   const auto day = arguments.find("day");
                   const std::string when = day == arguments.end() ? "" : " on " + day->second;
                   return PromptOutput{.description = "A visit",
                                       .messages = Json::array({says("Go to " + arguments.at("city") + when)})};
                 },
                 .completers = {{"city", suggest}}});
  all.push_back(
      {.definition = {{"name", "listen"}}, .get = [](const NamedValues&, RequestContext&) -> Result<PromptOutput> {
         const Json audio{{"type", "audio"}, {"data", "AA=="}, {"mimeType", "audio/wav"}};
         return PromptOutput{.messages = Json::array({{{"role", "user"}, {"content", audio}}})};
       }});
  return all;
}

ResourceTemplate street() {
  return {.definition = {{"uriTemplate", "map:/{city}/{street}"}, {"name", "street"}},
          .read = [](const std::string&, const NamedValues&, RequestContext&) -> Result<Json> { return Json::array(); },
          .completers = {{"street", suggest}}};
}

struct PromptFixture {
  McpServer server{{.name = "test", .version = "1"},
                   Catalog{.tools = ToolRegistry({}),
                           .resources = ResourceRegistry({}, {street()}),
                           .prompts = PromptRegistry(prompts())},
                   McpServer::Options{}};
  Conversation client{server};

  static Json completing(const Json& ref, const char* argument, const char* typed) {
    return {{"ref", ref}, {"argument", {{"name", argument}, {"value", typed}}}};
  }

  Json completed(const Json& params) { return client.ask("completion/complete", params)["completion"]; }
};

const Json kVisit{{"type", "ref/prompt"}, {"name", "visit"}};
const Json kStreet{{"type", "ref/resource"}, {"uri", "map:/{city}/{street}"}};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("prompts are listed in the order of their registration, as the revision knows them") {
    PromptFixture f;
    f.client.initialize("2024-11-05");
    const Json old = f.client.ask("prompts/list", nullptr)["prompts"];
    CHECK(
        old[0] ==
        Json::parse(
            R"({"name":"visit","description":"Plans a visit.","arguments":[{"name":"city","required":true},{"name":"day"}]})"));
    CHECK(old[1]["name"] == "listen");
    const Json current = f.client.ask_stateless("prompts/list", Json::object());
    CHECK(current["prompts"][0]["arguments"][0]["title"] == "City");
    CHECK(current["prompts"][0].contains("icons"));
    CHECK(current["ttlMs"].is_number_integer());
    CHECK(current["cacheScope"] == "public");
  }

  TEST_CASE("a prompt is filled in with its arguments") {
    PromptFixture f;
    f.client.initialize("2025-11-25");
    const Json result =
        f.client.ask("prompts/get", {{"name", "visit"}, {"arguments", {{"city", "Rome"}, {"day", "Monday"}}}});
    CHECK(result["description"] == "A visit");
    CHECK(result["messages"] == Json::array({says("Go to Rome on Monday")}));
    CHECK_FALSE(result.contains("resultType"));
    const Json current = f.client.ask_stateless("prompts/get", {{"name", "listen"}});
    CHECK(current["resultType"] == "complete");
    CHECK_FALSE(current.contains("description"));
    CHECK_FALSE(current.contains("ttlMs"));
  }

  TEST_CASE("content of messages is what the revision knows") {
    PromptFixture f;
    f.client.initialize("2024-11-05");
    CHECK(f.client.ask("prompts/get", {{"name", "listen"}})["messages"][0]["content"]["type"] == "text");
    CHECK(f.client.ask_stateless("prompts/get", {{"name", "listen"}})["messages"][0]["content"]["type"] == "audio");
  }

  TEST_CASE("an unknown prompt, a missing or a malformed argument is told") {
    PromptFixture f;
    f.client.initialize("2025-11-25");
    for (const char* params :
         {R"({"name":"nope"})", R"({"name":"visit"})", R"({"name":"visit","arguments":{"day":"Monday"}})",
          R"({"name":"visit","arguments":{"city":5}})", R"({"name":"visit","arguments":[]})", R"({"name":5})", "{}"}) {
      CHECK_MESSAGE(f.client.refused("prompts/get", Json::parse(params))["code"] == -32602, params);
    }
    CHECK(f.client.refused("prompts/get", {{"name", "visit"}})["message"] ==
          R"(Prompt "visit" needs the argument "city".)");
  }

  TEST_CASE("arguments of prompts and variables of templates are completed, with what was settled before") {
    PromptFixture f;
    f.client.initialize("2025-11-25");
    CHECK(f.completed(PromptFixture::completing(kVisit, "city", "2")) ==
          Json::parse(R"({"values":["0","1"],"total":2,"hasMore":false})"));
    Json with_country = PromptFixture::completing(kStreet, "street", "1");
    with_country["context"] = {{"arguments", {{"country", "it"}}}};
    CHECK(f.completed(with_country)["values"] == Json::array({"it", "0"}));
    CHECK_MESSAGE(f.completed(PromptFixture::completing(kVisit, "day", "x")) ==
                      Json::parse(R"({"values":[],"total":0,"hasMore":false})"),
                  "nothing completes it");
    CHECK(f.client.ask_stateless("completion/complete", PromptFixture::completing(kVisit, "city", ""))["resultType"] ==
          "complete");
  }

  TEST_CASE("a client gets 100 suggestions at most, and how many there are") {
    PromptFixture f;
    f.client.initialize("2025-11-25");
    const Json exact = f.completed(PromptFixture::completing(kVisit, "city", "100"));
    CHECK(exact["values"].size() == 100);
    CHECK(exact["hasMore"] == false);
    const Json cut = f.completed(PromptFixture::completing(kVisit, "city", "101"));
    CHECK(cut["values"].size() == 100);
    CHECK(cut["total"] == 101);
    CHECK(cut["hasMore"] == true);
  }

  TEST_CASE("what cannot be completed is told") {
    PromptFixture f;
    f.client.initialize("2025-11-25");
    Json without_argument{{"ref", kVisit}};
    Json bad_context = PromptFixture::completing(kVisit, "city", "1");
    bad_context["context"] = {{"arguments", {{"country", 5}}}};
    for (const Json& params :
         {PromptFixture::completing({{"type", "ref/prompt"}, {"name", "nope"}}, "city", "1"),
          PromptFixture::completing({{"type", "ref/resource"}, {"uri", "map:/Rome/Via"}}, "street", "1"),
          PromptFixture::completing({{"type", "ref/other"}, {"name", "visit"}}, "city", "1"),
          PromptFixture::completing({{"type", "ref/prompt"}}, "city", "1"),
          PromptFixture::completing("visit", "city", "1"), without_argument, bad_context}) {
      CHECK_MESSAGE(f.client.refused("completion/complete", params)["code"] == -32602, params.dump());
    }
  }

  TEST_CASE("completions are a capability since 2025-03-26, and a method before") {
    PromptFixture oldest;
    CHECK_FALSE(oldest.client.initialize("2024-11-05").contains("completions"));
    CHECK(oldest.completed(PromptFixture::completing(kVisit, "city", "1"))["total"] == 1);
    PromptFixture next;
    CHECK(next.client.initialize("2025-03-26") ==
          Json::parse(R"({"logging":{},"completions":{},"prompts":{},"resources":{}})"));
    CHECK(next.client.ask_stateless("server/discover", Json::object())["capabilities"].contains("completions"));
  }

  TEST_CASE("a prompt that is incomplete or not the only one of its name is a bug") {
    const auto refused = [](std::vector<Prompt> all) {
      CHECK_THROWS_AS(PromptRegistry(std::move(all)), std::invalid_argument);
    };
    const Prompt good = prompts().front();
    Prompt mute = good;
    mute.get = nullptr;
    Prompt odd = good;
    odd.definition["arguments"] = "city";
    refused({good, good});
    refused({mute});
    refused({odd});
  }
}

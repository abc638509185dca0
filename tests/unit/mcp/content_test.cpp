#include "mcp/content.h"

#include <doctest/doctest.h>

using apmcp::Json;
using apmcp::mcp::content_for;
using apmcp::mcp::find_revision;

namespace {

Json as_of(const char* date, const Json& block) {
  return content_for(block, *find_revision(date));
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("what every revision knows stays as it is") {
    for (const char* text :
         {R"({"type":"text","text":"hi"})", R"({"type":"image","data":"AA==","mimeType":"image/png"})",
          R"({"type":"resource","resource":{"uri":"x:/a","text":"b"}})"}) {
      const Json block = Json::parse(text);
      CHECK(as_of("2024-11-05", block) == block);
      CHECK(as_of("2026-07-28", block) == block);
    }
  }

  TEST_CASE("audio becomes a note in 2024-11-05 only") {
    const Json audio = Json::parse(R"({"type":"audio","data":"AA==","mimeType":"audio/wav"})");
    const Json note = as_of("2024-11-05", audio);
    CHECK(note["type"] == "text");
    CHECK(note["text"].get<std::string>().find("audio/wav") != std::string::npos);
    CHECK(as_of("2025-03-26", audio) == audio);
  }

  TEST_CASE("a link becomes text below 2025-06-18 and loses its icons below 2025-11-25") {
    const Json link = Json::parse(
        R"({"type":"resource_link","uri":"x:/a","name":"A","icons":[{"src":"https://x/i.png"}],"annotations":{"priority":1}})");
    CHECK(as_of("2025-03-26", link) == Json::parse(R"({"type":"text","text":"A: x:/a","annotations":{"priority":1}})"));
    CHECK_FALSE(as_of("2025-06-18", link).contains("icons"));
    CHECK(as_of("2025-06-18", link)["type"] == "resource_link");
    CHECK(as_of("2025-11-25", link) == link);
  }
}

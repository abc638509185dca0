#include "base/log.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "agentphone_mcp/result.h"
#include "support/log_file.h"

namespace logging = apmcp::log;
using apmcp::test::LogFile;

namespace {

constexpr const char* kHostile = "line\nbreak \x1b[31m \"quoted\" sk_live_abcdefgh12345678 \xe2\x80\xae";

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("one event is one line, whatever is in its fields, and never shows a key") {
    for (const logging::Format format : {logging::Format::kText, logging::Format::kJson}) {
      const LogFile file(format);
      logging::info("said", {{"what", kHostile}});
      logging::warn("again");
      const auto lines = file.lines();
      REQUIRE(lines.size() == 2);
      CHECK(lines[0].find('\x1b') == std::string::npos);
      CHECK(lines[0].find("sk_live_") == std::string::npos);
      CHECK(lines[0].find("said") != std::string::npos);
    }
  }

  TEST_CASE("a file that was moved away is let go when that is said, and the new one has the same form") {
    const apmcp::test::TemporaryDirectory folder;
    const std::string path = (folder.path() / "log").string();
    static std::atomic<unsigned> reopenings = 0;  // the log may look at it as long as the program lives
    const logging::Options before = logging::options();
    REQUIRE(logging::configure(
        {.lowest = logging::Level::kInfo, .format = logging::Format::kJson, .file = path, .reopenings = &reopenings}));
    logging::info("first");
    std::filesystem::rename(path, path + ".1");
    logging::info("second");
    ++reopenings;
    logging::info("third");
    CHECK(logging::configure(before));
    const auto text_of_file = [](const std::string& name) {
      std::ifstream in(name);
      return std::string(std::istreambuf_iterator<char>(in), {});
    };
    CHECK(text_of_file(path + ".1").find("second") != std::string::npos);
    const auto line = apmcp::Json::parse(text_of_file(path), nullptr, false);
    CHECK(line["event"] == "third");
  }

  TEST_CASE("a JSON line has time, level, event and the fields by their names") {
    const LogFile file(logging::Format::kJson);
    logging::error("went_wrong", {{"method", "tools/call"}, {"what", kHostile}});
    const auto line = apmcp::Json::parse(file.lines().at(0));
    CHECK(line["level"] == "error");
    CHECK(line["event"] == "went_wrong");
    CHECK(line["method"] == "tools/call");
    CHECK(line["time"].get<std::string>().size() > 20);
  }

  TEST_CASE("what is below the level is not written") {
    const LogFile file(logging::Format::kText, logging::Level::kError);
    logging::warn("unseen");
    logging::error("seen");
    REQUIRE(file.lines().size() == 1);
  }

  TEST_CASE("a file that cannot be opened is refused") {
    const LogFile file(logging::Format::kText);
    CHECK_FALSE(logging::configure({.file = file.path + "/below-a-file"}));
  }
}

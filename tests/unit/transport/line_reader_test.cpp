#include "transport/line_reader.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using apmcp::transport::LineReader;

namespace {

struct Seen {
  std::vector<std::string> lines;
  std::vector<std::pair<std::string, std::string>> too_long;

  LineReader reader(std::size_t max) {
    return {max,
            {.line = [this](std::string_view line) { lines.emplace_back(line); },
             .too_long = [this](std::string_view head, std::string_view tail) { too_long.emplace_back(head, tail); }}};
  }
};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("lines come out whole however the bytes arrive") {
    const std::string stream = "{\"a\":1}\n\r\n  \n{\"b\":2}\r\nlast";
    for (std::size_t chunk = 1; chunk <= stream.size(); ++chunk) {
      Seen seen;
      LineReader reader = seen.reader(100);
      for (std::size_t at = 0; at < stream.size(); at += chunk) reader.feed(std::string_view(stream).substr(at, chunk));
      reader.finish();
      CHECK(seen.lines == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}", "last"});
    }
  }

  TEST_CASE("a line over the limit is reported once by its two ends, and the next line works") {
    for (const std::size_t chunk : {1U, 7U, 4096U, 1'000'000U}) {
      Seen seen;
      LineReader reader = seen.reader(100);
      const std::string stream = "head" + std::string(300'000, 'x') + "tail\nnext\n";
      for (std::size_t at = 0; at < stream.size(); at += chunk) reader.feed(std::string_view(stream).substr(at, chunk));
      REQUIRE(seen.too_long.size() == 1);
      CHECK(seen.too_long[0].first.starts_with("head"));
      CHECK(seen.too_long[0].first.size() <= 65'536);
      CHECK(seen.too_long[0].second.ends_with("xtail"));
      CHECK(seen.too_long[0].second.size() <= 1024);
      CHECK(seen.lines == std::vector<std::string>{"next"});
    }
  }

  TEST_CASE("a line exactly at the limit is a line") {
    Seen seen;
    LineReader reader = seen.reader(5);
    reader.feed("12345\n123456\n");
    CHECK(seen.lines == std::vector<std::string>{"12345"});
    CHECK(seen.too_long.size() == 1);
  }
}

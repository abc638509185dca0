#include <string>

#include <doctest/doctest.h>

#include "base/json_parse.h"

namespace apmcp {
namespace {

std::string by_library(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

TEST_SUITE("unit") {
  TEST_CASE("a dump is the library's, for every kind of value") {
    const Json value =
        Json::parse(R"({"a": [], "b": {}, "c": [1, -2, 3.5, 1e300, 18446744073709551615, null, true, false],
      "d": {"e": [[], [{}], [[1, "x"]]], "f": ""}, "": "empty key", "key \"quoted\"\n": "\u0007 \u2028 \ud83d\ude00"})");
    CHECK(dump_json(value) == by_library(value));
    for (const auto& [key, member] : value.items()) CHECK(dump_json(member) == by_library(member));
    CHECK(dump_json(Json()) == "null");
    CHECK(dump_json(Json(std::string("x"))) == "\"x\"");
  }

  TEST_CASE("a dump is the library's for every byte, alone and behind text") {
    for (int value = 0; value < 256; ++value) {
      for (std::size_t before = 0; before <= 9; ++before) {
        const Json text = std::string(before, 'a') + static_cast<char>(value) + "bc";
        CAPTURE(value);
        CHECK(dump_json(text) == by_library(text));
      }
    }
  }

  TEST_CASE("a dump is the library's for characters of all lengths, and for bytes that are none") {
    for (const std::string text : {"caf\xC3\xA9", "\xE2\x82\xAC and \xF0\x9F\x98\x80", "\xC3", "\xE2\x82",
                                   "\xF0\x9F\x98", "a\xC0\x80z", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF\xFE",
                                   "\"\\/\b\f\n\r\t", "\xC2\x80\xC2\x9F", "\x7F", "\xE2\x80\xA8", "ok\nok\xE2\n"}) {
      CAPTURE(text);
      CHECK(dump_json(Json(text)) == by_library(Json(text)));
      CHECK(dump_json(Json{{text, text}}) == by_library(Json{{text, text}}));
    }
  }
}

}  // namespace
}  // namespace apmcp

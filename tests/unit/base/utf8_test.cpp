#include "base/utf8.h"

#include <string>

#include <doctest/doctest.h>

namespace apmcp {
namespace {

TEST_SUITE("unit") {
  TEST_CASE("characters of one to four bytes are read whole") {
    CHECK(code_point_at("aé€😀", 0).value == U'a');
    CHECK(code_point_at("aé€😀", 1).value == U'é');
    CHECK(code_point_at("aé€😀", 3).value == U'€');
    CHECK(code_point_at("aé€😀", 6).value == U'😀');
    CHECK(code_point_at("aé€😀", 6).length == 4);
  }

  TEST_CASE("a byte that is no UTF-8 counts as itself, and what follows it is read") {
    for (const std::string text : {"\xE0\n\n", "\xC3", "\xE2\x80", "\xF0\x9F\x98", "\xC0\x80", "\xE0\x80\x80",
                                   "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80", "\x80", "\xFF"}) {
      CAPTURE(text.size());
      const CodePoint c = code_point_at(text, 0);
      CHECK(c.value == static_cast<unsigned char>(text[0]));
      CHECK(c.length == 1);
      CHECK_FALSE(c.is_utf8);
    }
  }

  TEST_CASE("what cannot be seen is known in all planes, and what can is not") {
    for (const char32_t c : {U'\u00AD', U'\u200B', U'\u202E', U'\uFFA0', U'\U0001D173', U'\U0001D17A', U'\U000E0041'}) {
      CHECK(is_invisible(c));
    }
    for (const char32_t c : {U'a', U' ', U'é', U'\uFF9F', U'\U0001D172', U'\U0001F600'}) CHECK_FALSE(is_invisible(c));
  }

  TEST_CASE("plain text is told from any other at every place in a word of eight bytes") {
    for (int value = 0; value < 256; ++value) {
      const char c = static_cast<char>(value);
      const bool is_printable = value >= 0x20 && value < 0x7F;
      for (std::size_t size = 1; size <= 17; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
          std::string text(size, 'a');
          text[at] = c;
          CAPTURE(value);
          CAPTURE(at);
          CHECK(is_plain_text(text) == (is_printable || c == '\n' || c == '\t'));
          CHECK(json_plain_prefix(text) == (is_printable && c != '"' && c != '\\' ? size : at));
        }
      }
    }
    CHECK(is_plain_text(""));
    CHECK(json_plain_prefix("") == 0);
  }
}

}  // namespace
}  // namespace apmcp

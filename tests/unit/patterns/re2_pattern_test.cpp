#include "patterns/re2_pattern.h"

#include <string>

#include <doctest/doctest.h>

namespace apmcp {
namespace {

std::string mistake_in(std::string_view pattern) {
  const auto compiled = patterns::compile_re2(pattern);
  REQUIRE_FALSE(compiled.ok());
  CHECK(compiled.error().code == ErrorCode::kBadArguments);
  return compiled.error().message;
}

TEST_SUITE("unit") {
  TEST_CASE("a pattern is looked for anywhere in the text") {
    const auto pattern = patterns::compile_re2(R"((?i)table \w+ ready|готово)");
    REQUIRE(pattern.ok());
    CHECK((*pattern)->is_in("Your Table is ready!"));
    CHECK((*pattern)->is_in("Всё готово"));
    CHECK_FALSE((*pattern)->is_in("Your table will be ready soon"));
  }

  TEST_CASE("a mistake is named with its place") {
    CHECK(mistake_in("ab[c") == "at character 3, `[c`: a closing ] is missing");
    CHECK(mistake_in("a(b") == "at character 1, `a(b`: a closing ) is missing, or an opening ( for one");
    CHECK(mistake_in("ab**") == "at character 3, `**`: one repetition follows another");
    CHECK(mistake_in(R"(x\1)") ==
          R"(at character 2, `\1`: this escape does not exist (RE2 has no look-around and no back-references))");
    CHECK(mistake_in("a(?=b)").starts_with("at character 2, `(?=`"));
    CHECK(mistake_in("x{2000}").find("1000 times at most") != std::string::npos);
  }

  TEST_CASE("a pattern is small, and small when it is expanded") {
    CHECK(mistake_in(std::string(201, 'a')) == "it has 201 bytes, 200 are allowed");
    CHECK(mistake_in("((\\pL{100}){100}){10}").size() > 0);
  }

  TEST_CASE("what makes other engines run for ever takes no time") {
    const auto pattern = patterns::compile_re2("(a*)*(a*)*(a*)*b$");
    REQUIRE(pattern.ok());
    CHECK_FALSE((*pattern)->is_in(std::string(100'000, 'a')));
  }
}

}  // namespace
}  // namespace apmcp

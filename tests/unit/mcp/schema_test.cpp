#include "mcp/schema.h"

#include <doctest/doctest.h>

using apmcp::Json;
using apmcp::mcp::ArgumentSchema;

namespace {

const ArgumentSchema& schema() {
  static const ArgumentSchema compiled(
      R"({"type":"object","properties":{
        "to_number":{"type":"string","minLength":3,"maxLength":20},
        "limit":{"type":"integer","minimum":1,"maximum":100},
        "tier":{"type":"string","enum":["turbo","balanced"]},
        "tags":{"type":"array","items":{"type":"string"},"maxItems":2},
        "confirm":{"type":"boolean"}},
      "required":["to_number"],"additionalProperties":false})",
      R"({"to_number":"+14155550123","limit":20})");
  return compiled;
}

std::string complaint(const char* arguments) {
  const auto error = schema().check(Json::parse(arguments));
  REQUIRE_MESSAGE(error, arguments);
  CHECK(error->code == apmcp::ErrorCode::kBadArguments);
  return error->message;
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("good arguments pass") {
    for (const char* arguments : {R"({"to_number":"abc","limit":1})", R"({"to_number":"abc","tier":"turbo","tags":["a","b"],"confirm":true})"}) {
      CHECK_MESSAGE(!schema().check(Json::parse(arguments)), arguments);
    }
  }

  TEST_CASE("each kind of mistake names the field, what was expected and a good value") {
    CHECK(complaint(R"({})") == R"(Argument "to_number" is missing: it must be a string, length at least 3, length at most 20. Example: "+14155550123".)");
    CHECK(complaint(R"({"to_number":5})") == R"(Argument "to_number" must be a string, length at least 3, length at most 20. Example: "+14155550123".)");
    CHECK(complaint(R"({"to_number":"abc","limit":0})") == R"(Argument "limit" must be an integer, at least 1, at most 100. Example: 20.)");
    CHECK(complaint(R"({"to_number":"abc","limit":"5"})").starts_with(R"(Argument "limit" must be an integer)"));
    CHECK(complaint(R"({"to_number":"abc","tier":"slow"})") == R"(Argument "tier" must be one of "turbo", "balanced".)");
    CHECK(complaint(R"({"to_number":"abc","confirm":"true"})") == R"(Argument "confirm" must be a boolean.)");
    CHECK(complaint(R"({"to_number":"abc","tags":["a",2]})").starts_with(R"(Argument "tags" must be an array)"));
    CHECK(complaint(R"({"to_number":null})").starts_with(R"(Argument "to_number" must be a string)"));
  }

  TEST_CASE("an unknown argument is told, with the name that was probably meant") {
    CHECK(complaint(R"({"to_number":"abc","to":"x"})") == R"(Unknown argument "to". Did you mean "to_number"?)");
    CHECK(complaint(R"({"to_number":"abc","limt":5})") == R"(Unknown argument "limt". Did you mean "limit"?)");
    CHECK(complaint(R"({"to_number":"abc","zzzzzzzzzzzz":5})").starts_with(R"(Unknown argument "zzzzzzzzzzzz". Known arguments: to_number)"));
  }
}

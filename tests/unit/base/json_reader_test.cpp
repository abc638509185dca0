#include "base/json_reader.h"

#include <doctest/doctest.h>

using apmcp::Json;
using apmcp::JsonReader;

TEST_SUITE("unit") {
  TEST_CASE("fields are read by type, and nothing is converted in silence") {
    const Json json = Json::parse(R"({"s":"x","i":5,"whole":3.0,"half":2.5,"b":true,"n":null,"big":18446744073709551615})");
    JsonReader in(json, "thing");
    CHECK(in.str("s") == "x");
    CHECK(in.integer("i") == 5);
    CHECK(in.integer("whole") == 3);
    CHECK(in.boolean("b"));
    CHECK_FALSE(in.failed());
    CHECK(!in.opt_integer("half"));
    CHECK(!in.opt_integer("big"));
    CHECK(!in.opt_integer("b"));
    CHECK(!in.opt_str("i"));
    CHECK(!in.opt_str("n"));
    CHECK(!in.opt_boolean("i"));
    CHECK(in.opt_number("half") == 2.5);
    CHECK_FALSE(in.failed());
  }

  TEST_CASE("the first mistake is kept, with its path") {
    const Json json = Json::parse(R"({"id":1})");
    JsonReader in(json, "call");
    static_cast<void>(in.str("id"));
    static_cast<void>(in.integer("status"));
    CHECK(in.failed());
    CHECK(in.error(apmcp::ErrorCode::kInvalidUpstream).message == "call.id must be a string");
  }

  TEST_CASE("what is no object has no fields, and says so") {
    const Json json = Json::array();
    JsonReader in(json, "answer");
    CHECK(in.failed());
    CHECK(in.error(apmcp::ErrorCode::kInvalidUpstream).message == "answer must be an object");
    CHECK(in.strings("x").empty());
  }
}

#include "base/json_parse.h"

#include <string>

#include <doctest/doctest.h>

using apmcp::JsonFailure;
using apmcp::JsonId;
using apmcp::JsonLimits;
using apmcp::ParsedJson;

namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

JsonFailure failure_of(std::string_view text, const JsonLimits& limits = {}) {
  auto parsed = apmcp::parse_json_detailed(text, limits);
  REQUIRE_MESSAGE(std::holds_alternative<JsonFailure>(parsed), text.substr(0, 80));
  return std::get<JsonFailure>(parsed);
}

std::optional<JsonId> id_of_cut(std::string_view head, std::string_view tail) {
  return apmcp::inspect_cut_json(head, tail, "too long").id;
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("good JSON comes back as it was written, keys in order") {
    const std::string text = R"({"z":1,"a":[true,null,-2.5,"\u00e9",{"m":{}}],"k":18446744073709551615})";
    auto parsed = apmcp::parse_json(text);
    REQUIRE(parsed.ok());
    CHECK(apmcp::dump_json(*parsed) == R"({"z":1,"a":[true,null,-2.5,"é",{"m":{}}],"k":18446744073709551615})");
  }

  TEST_CASE("each limit holds exactly at its bound") {
    const JsonLimits limits{.bytes = 200, .depth = 4, .nodes = 6, .key_bytes = 3, .string_bytes = 5, .members = 2};
    const auto accepts = [&](const std::string& text) { return apmcp::parse_json(text, limits).ok(); };
    CHECK(accepts(nested(4)));
    CHECK_FALSE(accepts(nested(5)));
    CHECK(accepts("[1,2,3,4,5]"));
    CHECK_FALSE(accepts("[1,2,3,4,5,6]"));
    CHECK(accepts(R"({"abc":1})"));
    CHECK_FALSE(accepts(R"({"abcd":1})"));
    CHECK(accepts(R"("12345")"));
    CHECK_FALSE(accepts(R"("123456")"));
    CHECK(accepts(R"({"a":1,"b":2})"));
    CHECK_FALSE(accepts(R"({"a":1,"b":2,"c":3})"));
    CHECK(accepts(std::string(199, ' ') + "1"));
    CHECK_FALSE(accepts(std::string(200, ' ') + "1"));
  }

  TEST_CASE("a key that stands twice is refused, at any depth") {
    CHECK(failure_of(R"({"confirm":false,"confirm":true})").is_limit);
    CHECK(failure_of(R"([{"a":{"b":1,"b":1}}])").is_limit);
    CHECK(apmcp::parse_json(R"([{"a":1},{"a":2}])").ok());
  }

  TEST_CASE("what is not JSON is refused without a word of it in the message") {
    for (const char* text : {"", "{", "nul", "[1,]", "{\"a\" 1}", "\"\x80\"", "1e400", "NaN", "{'a':1}", "[1] 2",
                             "\"\\ud800\"", "\"tab\there\""}) {
      const JsonFailure failure = failure_of(text);
      CHECK_FALSE(failure.is_limit);
      CHECK(failure.message == "the text is not valid JSON");
    }
  }

  TEST_CASE("ten million brackets cost no stack and little time") {
    CHECK(failure_of(std::string(1'000'000, '[')).is_limit);
  }

  TEST_CASE("the id of a broken message is recovered where it can be") {
    CHECK(failure_of(R"({"id":7,"params":{)").id == JsonId(std::int64_t{7}));
    CHECK(failure_of(R"({"id":"a","x":1,"x":2})").id == JsonId(std::string("a")));
    CHECK_MESSAGE(failure_of(R"({"x":1,"x":2,"id":9})").id == JsonId(std::int64_t{9}), "after the fault");
    CHECK_MESSAGE(failure_of(R"({"method":"a","params":{oops},"id":-3})").id == JsonId(std::int64_t{-3}),
                  "last member");
    CHECK_MESSAGE(failure_of(R"({"method":"a","params":{oops},"id":"q-1"})").id == JsonId(std::string("q-1")),
                  "last member");
    CHECK_MESSAGE(!failure_of(R"({"params":{oops,"id":5}})").id, "an id of another object is not the message's");
    CHECK_MESSAGE(!failure_of(R"({"params":{"id":5},oops)").id, "nor is a nested one");
    CHECK(!failure_of("garbage").id);
  }

  TEST_CASE("the id of a message that was too long is read from its ends") {
    CHECK(id_of_cut(R"({"jsonrpc":"2.0","id":12,"method":"x","params":"aaaa)", "aaaa\"}") == JsonId(std::int64_t{12}));
    CHECK(id_of_cut(R"({"params":"aaaa)", R"(aa","id":"z"})") == JsonId(std::string("z")));
    CHECK(!id_of_cut(R"({"params":"aaaa)", "aaaaa\"}"));
    CHECK_MESSAGE(!id_of_cut(R"({"result":"aaaa)", R"(aa","id":1})"), "an answer's id is not the sender's");
  }

  TEST_CASE("a broken text still shows whether it was a response") {
    for (const char* text :
         {R"({"id":1,"result":{"a":1,"a":2}})", R"({"error":{oops)", R"({"result":{},"result":{}})"}) {
      CHECK_MESSAGE(failure_of(text).is_response, text);
    }
    for (const char* text : {"garbage", R"({"method":"m","result":{oops)", R"({"params":{"result":oops)",
                             R"({"result":1,"result":1,"method":"m"})"}) {
      CHECK_FALSE_MESSAGE(failure_of(text).is_response, text);
    }
    CHECK(apmcp::inspect_cut_json(R"({"id":1,"result":"aaaa)", "aaaa\"}", "too long").is_response);
    CHECK_FALSE(apmcp::inspect_cut_json(R"({"id":1,"method":"m","params":"aaaa)", "aaaa\"}", "too long").is_response);
  }

  TEST_CASE("text that is not UTF-8 never stops us from writing") {
    CHECK(apmcp::dump_json(apmcp::Json("a\xff"
                                       "b")) ==
          "\"a\xEF\xBF\xBD"
          "b\"");
  }
}

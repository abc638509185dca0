#include "jsonrpc/codec.h"

#include <doctest/doctest.h>

using namespace apmcp::jsonrpc;  // NOLINT(google-build-using-namespace)
using apmcp::Json;

namespace {

Undecodable refused(std::string_view text) {
  Decoded decoded = decode(text);
  REQUIRE(decoded.items.size() == 1);
  REQUIRE_MESSAGE(std::holds_alternative<Undecodable>(decoded.items[0]), text);
  return std::get<Undecodable>(decoded.items[0]);
}

template <typename T>
T message(std::string_view text) {
  Decoded decoded = decode(text);
  REQUIRE(decoded.items.size() == 1);
  REQUIRE_MESSAGE(std::holds_alternative<Message>(decoded.items[0]), text);
  auto& decoded_message = std::get<Message>(decoded.items[0]);
  REQUIRE_MESSAGE(std::holds_alternative<T>(decoded_message), text);
  return std::get<T>(decoded_message);
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("requests, notifications and responses are told apart") {
    const auto request = message<Request>(R"({"jsonrpc":"2.0","id":"a","method":"ping","params":{"x":1}})");
    CHECK(request.id == Id(std::string("a")));
    CHECK(request.method == "ping");
    CHECK(request.params["x"] == 1);
    CHECK(message<Notification>(R"({"jsonrpc":"2.0","method":"n"})").params.is_null());
    CHECK(message<Response>(R"({"jsonrpc":"2.0","id":1,"result":{"ok":true}})").result["ok"] == true);
    const auto failed = message<Response>(R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}})");
    CHECK(failed.error->code == -1);
    CHECK(failed.error->message == "no");
  }

  TEST_CASE("what is no message gets the right code, and its id back when it has one") {
    CHECK(refused("{oops").error.code == code::kParseError);
    CHECK(refused(R"({"jsonrpc":"2.0","id":4,"method":"m","method":"m"})").error.code == code::kInvalidRequest);
    CHECK(refused(R"({"jsonrpc":"2.0","id":4,"method":"m","method":"m"})").id == Id(std::int64_t{4}));
    CHECK(refused(R"({"jsonrpc":"1.0","id":5,"method":"m"})").id == Id(std::int64_t{5}));
    CHECK(refused(R"({"jsonrpc":"2.0","id":6})").error.code == code::kInvalidRequest);
    CHECK(refused(R"({"jsonrpc":"2.0","id":7,"method":5})").error.code == code::kInvalidRequest);
    CHECK(refused(R"({"jsonrpc":"2.0","id":8,"method":"m","params":[1]})").error.code == code::kInvalidParams);
    CHECK(refused("[]").error.code == code::kInvalidRequest);
    CHECK(refused("5").error.code == code::kInvalidRequest);
    CHECK_MESSAGE(refused(R"({"jsonrpc":"2.0","id":1,"Method":"m"})").error.code == code::kInvalidRequest,
                  "case matters");
  }

  TEST_CASE("a null error beside a result is none, and so is a null result beside an error") {
    const auto good = message<Response>(R"({"jsonrpc":"2.0","id":1,"result":{"ok":true},"error":null})");
    CHECK_FALSE(good.error);
    CHECK(good.result["ok"] == true);
    CHECK(message<Response>(R"({"jsonrpc":"2.0","id":1,"result":null,"error":{"code":-1}})").error->code == -1);
  }

  TEST_CASE("what is neither a call nor a response is refused without its id") {
    for (const char* text : {R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"Method":"m"})", "{}"}) {
      CHECK_MESSAGE(!refused(text).id, text);
    }
  }

  TEST_CASE("a response stays one however malformed, and is counted among what is not answered") {
    const std::string deep = std::string(70, '[') + std::string(70, ']');
    for (const std::string& text :
         {std::string(R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})"), std::string(R"({"id":1,"result":{}})"),
          std::string(R"({"jsonrpc":"1.0","id":1,"error":{"code":-1}})"), std::string(R"({"error":"no"})"),
          std::string(R"({"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}})"),
          std::string(R"({"jsonrpc":"2.0","result":{oops},"id":1})"), std::string(R"({"error":{"code":)"),
          R"({"jsonrpc":"2.0","id":1,"result":)" + deep + "}"}) {
      const auto malformed = message<Response>(text);
      CHECK_MESSAGE(malformed.error, text);
      CHECK(count_answers(decode(text)) == 0);
    }
    for (const char* id : {"null", "1.5", "{}", "[1]", "true"}) {
      const std::string text =
          std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"error":{"code":-32600,"message":"m"}})";
      CHECK_MESSAGE(!message<Response>(text).id, text);
      CHECK(count_answers(decode("[" + text + "]")) == 0);
    }
    CHECK(count_answers(decode_cut(R"({"id":1,"result":"aaaa)", "aaaa\"}", "too long")) == 0);
    CHECK(count_answers(decode_cut(R"({"id":1,"method":"aaaa)", "aaaa\"}", "too long")) == 1);
    CHECK(count_answers(decode(R"([5,{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","method":"b"}])")) == 2);
  }

  TEST_CASE("an id is a string or an integer, and nothing else") {
    for (const char* id : {"null", "1.0", "1.5", "true", "[]", "{}", "18446744073709551615", "1e3"}) {
      const std::string text = std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"method":"m"})";
      CHECK_MESSAGE(refused(text).error.code == code::kInvalidRequest, id);
      CHECK_MESSAGE(!refused(text).id, id);
    }
    CHECK(message<Request>(R"({"jsonrpc":"2.0","id":-9223372036854775808,"method":"m"})").id == Id(INT64_MIN));
  }

  TEST_CASE("a batch keeps its order, good and bad items alike") {
    const Decoded decoded = decode(R"([{"jsonrpc":"2.0","id":1,"method":"a"},5,{"jsonrpc":"2.0","method":"b"}])");
    CHECK(decoded.is_batch);
    REQUIRE(decoded.items.size() == 3);
    CHECK(std::holds_alternative<Message>(decoded.items[0]));
    CHECK(std::holds_alternative<Undecodable>(decoded.items[1]));
    CHECK(std::holds_alternative<Message>(decoded.items[2]));
  }

  TEST_CASE("ids go out with the type they came in with") {
    CHECK(encode_result(Id(std::int64_t{1}), "{}") == R"({"jsonrpc":"2.0","id":1,"result":{}})");
    CHECK(encode_result(Id(std::string("1\"\n")), "{}") == R"({"jsonrpc":"2.0","id":"1\"\n","result":{}})");
    CHECK(encode_error(std::nullopt, {.code = -32700, .message = "m"}) ==
          R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}})");
    CHECK(encode_error(Id(std::int64_t{2}), {.code = 1, .message = "m", .data = Json{{"a", 1}}}) ==
          R"({"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"m","data":{"a":1}}})");
    CHECK(encode_notification("n", nullptr) == R"({"jsonrpc":"2.0","method":"n"})");
  }
}

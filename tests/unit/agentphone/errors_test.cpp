#include "agentphone/errors.h"

#include <array>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "agentphone/error_body.h"
#include "api_fixture.h"

namespace {

using apmcp::Error;
using apmcp::ErrorCode;
using apmcp::agentphone::clean_text;
using apmcp::agentphone::error_from_response;
using apmcp::http::HttpResponse;
using apmcp::http::Method;

Error read_error(int status, std::string body, std::string retry_after = {}) {
  return error_from_response(
      Method::kGet, "/v1/agents/agt_1",
      HttpResponse{.status = status, .body = std::move(body), .retry_after = std::move(retry_after)});
}

Error write_error(std::string_view target, int status, std::string body = {}, std::string retry_after = {}) {
  return error_from_response(
      Method::kPost, target,
      HttpResponse{.status = status, .body = std::move(body), .retry_after = std::move(retry_after)});
}

std::string coded(std::string_view code) {
  return R"({"error": {"message": "It says no", "code": ")" + std::string(code) + R"(", "type": "x"}})";
}

struct StatusRow {
  int status;
  ErrorCode read, write;
  std::string_view next_step;  ///< of a send_sms that fails
};

constexpr std::array<StatusRow, 19> kStatuses{{
    {301, ErrorCode::kUpstreamDown, ErrorCode::kUpstreamDown, "address"},
    {302, ErrorCode::kUpstreamDown, ErrorCode::kUpstreamDown, "address"},
    {307, ErrorCode::kUpstreamDown, ErrorCode::kUpstreamDown, "address"},
    {400, ErrorCode::kConflict, ErrorCode::kConflict, "attach_number"},
    {401, ErrorCode::kUnauthorized, ErrorCode::kUnauthorized, "agentphone.to/dashboard"},
    {402, ErrorCode::kBalance, ErrorCode::kBalance, "agentphone.to/dashboard"},
    {403, ErrorCode::kForbidden, ErrorCode::kForbidden, "10DLC"},
    {404, ErrorCode::kNotFound, ErrorCode::kNotFound, "list_agents"},
    {409, ErrorCode::kConflict, ErrorCode::kConflict, "account_overview"},
    {410, ErrorCode::kNotFound, ErrorCode::kNotFound, "list_agents"},
    {413, ErrorCode::kInvalidUpstream, ErrorCode::kInvalidUpstream, "shorter"},
    {418, ErrorCode::kInvalidUpstream, ErrorCode::kInvalidUpstream, "person"},
    {422, ErrorCode::kInvalidUpstream, ErrorCode::kInvalidUpstream, "argument"},
    {429, ErrorCode::kRateLimited, ErrorCode::kRateLimited, "Wait"},
    {500, ErrorCode::kUpstreamDown, ErrorCode::kOutcomeUnknown, "list_messages"},
    {502, ErrorCode::kUpstreamDown, ErrorCode::kOutcomeUnknown, "list_messages"},
    {503, ErrorCode::kUpstreamDown, ErrorCode::kUpstreamDown, "again"},
    {504, ErrorCode::kUpstreamDown, ErrorCode::kOutcomeUnknown, "list_messages"},
    {520, ErrorCode::kUpstreamDown, ErrorCode::kOutcomeUnknown, "list_messages"},
}};

struct CodeRow {
  std::string_view code;
  int status;
  ErrorCode error;
  std::string_view next_step;
};

constexpr std::array<CodeRow, 13> kCodes{{
    {"VALIDATION_ERROR", 400, ErrorCode::kInvalidUpstream, "argument"},
    {"VALIDATION_ERROR", 422, ErrorCode::kInvalidUpstream, "argument"},
    {"VALIDATION_ERROR_NUMBER_LIMIT", 409, ErrorCode::kConflict, "release_number"},
    {"INSUFFICIENT_BALANCE", 402, ErrorCode::kBalance, "agentphone.to/dashboard"},
    {"PHONE_NUMBER_NOT_FOUND", 404, ErrorCode::kNotFound, "list_numbers"},
    {"RATE_LIMIT_EXCEEDED", 429, ErrorCode::kRateLimited, "retry_after"},
    {"INBOUND_ONLY", 403, ErrorCode::kForbidden, "agentphone.to/dashboard"},
    {"WHATSAPP_NOT_ENABLED", 403, ErrorCode::kForbidden, "send_sms"},
    {"CONVERSATION_STREAK_LIMIT", 429, ErrorCode::kConflict, "replies"},
    {"CONVERSATION_AWAITING_REPLY", 429, ErrorCode::kConflict, "replies"},
    {"CONVERSATION_INACTIVE", 429, ErrorCode::kConflict, "writes"},
    {"OUTBOUND_LIMIT_REACHED", 429, ErrorCode::kConflict, "day rolls over"},
    {"NEW_CONVERSATION_LIMIT_REACHED", 429, ErrorCode::kConflict, "day rolls over"},
}};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("every status has its error and a next step that helps, for reads and for writes") {
    for (const StatusRow& row : kStatuses) {
      CAPTURE(row.status);
      const Error read = read_error(row.status, R"({"detail": "Because"})");
      CHECK(read.code == row.read);
      CHECK_FALSE(read.next_step.empty());
      CHECK(read.message.find("Because") != std::string::npos);
      CHECK(read.data["status"] == row.status);
      const Error write = write_error("/v1/messages", row.status, R"({"detail": "Because"})");
      CHECK(write.code == row.write);
      CHECK_MESSAGE(write.next_step.find(row.next_step) != std::string::npos, write.next_step);
    }
  }

  TEST_CASE("every code of the service is more exact than its status") {
    for (const CodeRow& row : kCodes) {
      CAPTURE(row.code);
      const Error error = write_error("/v1/messages", row.status, coded(row.code), "30");
      CHECK(error.code == row.error);
      CHECK_MESSAGE(error.next_step.find(row.next_step) != std::string::npos, error.next_step);
      CHECK(error.message.find("It says no") != std::string::npos);
      CHECK(error.data["upstream_code"] == row.code);
      CHECK(error.retry_after.has_value() == (row.error == ErrorCode::kRateLimited));
    }
  }

  TEST_CASE("a carrier error may be repeated for a read and leaves a write unknown") {
    for (const std::string_view code : {"CARRIER_ERROR", "TWILIO_ERROR"}) {
      CHECK(read_error(502, coded(code)).code == ErrorCode::kUpstreamDown);
      CHECK(write_error("/v1/messages", 502, coded(code)).code == ErrorCode::kOutcomeUnknown);
    }
  }

  TEST_CASE("one status means different things to different tools") {
    CHECK(write_error("/v0/agent/verify", 409).next_step.find("used before") != std::string::npos);
    CHECK(write_error("/v0/agent/verify", 404).next_step.find("sign_up") != std::string::npos);
    CHECK(write_error("/v0/agent/verify", 429).next_step.find("sign_up") != std::string::npos);
    CHECK(write_error("/v0/agent/verify", 503).code == ErrorCode::kUpstreamDown);
    CHECK(write_error("/v0/agent/verify", 503).next_step.find("same code") != std::string::npos);
    CHECK(write_error("/v0/agent/verify", 500).next_step.find("same verification_id") != std::string::npos);
    CHECK(write_error("/v0/agent/sign-up", 400).next_step.find("mailbox") != std::string::npos);
    CHECK(write_error("/v1/numbers", 409).next_step.find("area_code") != std::string::npos);
    CHECK(write_error("/v1/numbers", 402).next_step.find("3.00 USD") != std::string::npos);
    CHECK(write_error("/v1/numbers", 500).next_step.find("list_numbers") != std::string::npos);
    CHECK(write_error("/v1/calls", 409).next_step.find("list_calls") != std::string::npos);
    CHECK(write_error("/v1/agents", 502).next_step.find("list_agents") != std::string::npos);
    CHECK(write_error("/v1/webhooks/test", 404).next_step.find("set_webhook") != std::string::npos);
    CHECK(write_error("/v1/nowhere", 404).next_step.find("account_overview") != std::string::npos);
  }

  TEST_CASE("validation errors name our arguments") {
    const Error error = write_error("/v1/calls", 422, R"({"detail": [
      {"loc": ["body", "toNumber"], "msg": "Field required", "type": "missing", "input": {"x": 1}},
      {"loc": ["body", "customTools", 0, "timeoutMs"], "msg": "too small", "ctx": {}},
      {"loc": ["query", "limit"], "msg": "too large"}, {"msg": "odd"}, 7]})");
    CHECK(error.message ==
          "AgentPhone found an argument invalid: to_number: Field required; "
          "custom_tools[0].timeout_ms: too small; limit: too large; odd.");
    CHECK(error.data["fields"].size() == 4);
    const Error details =
        write_error("/v1/numbers", 422, R"({"error": {"message": "Invalid", "code": "VALIDATION_ERROR",
      "details": [{"field": "areaCode", "message": "three digits", "type": "value_error"}]}})");
    CHECK(details.message == "AgentPhone found an argument invalid: Invalid (area_code: three digits).");
    CHECK(details.data["field"] == "area_code");
  }

  TEST_CASE("every shape of body becomes text, and none becomes JSON or markup") {
    CHECK(read_error(400, R"({"error": "plain"})").message == "AgentPhone refused the request: plain.");
    CHECK(read_error(400, R"({"message": "plain"})").message == "AgentPhone refused the request: plain.");
    CHECK(read_error(400, R"("plain")").message == "AgentPhone refused the request: plain.");
    CHECK(read_error(400, "plain").message == "AgentPhone refused the request: plain.");
    CHECK(read_error(400, "").message == "AgentPhone refused the request.");
    for (const std::string_view body :
         {"{}", "[]", "null", "7", R"({"detail": {"a": 1}})", R"({"detail": []})", R"({"error": {"code": 5}})",
          R"({"error": [1]})", R"({"broken": )", "[1, 2", "<!DOCTYPE html><html><body>Bad gateway</body></html>",
          "  <html>x</html>", "<?xml version='1.0'?><e/>", "\xFF\xFE\x00"}) {
      CAPTURE(body);
      CHECK(read_error(400, std::string(body)).message == "AgentPhone refused the request.");
    }
    CHECK(read_error(400, std::string(5000, 'x')).message.size() < 260);
    CHECK(read_error(400, R"({"detail": ")" + std::string(5000, 'x') + R"("})").message.size() < 360);
  }

  TEST_CASE("text from the service is one clean line without markup, controls or keys") {
    CHECK(clean_text("a <b>bold</b> word") == "a bold word");
    CHECK(clean_text("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2");
    CHECK(clean_text("x<script>alert(1)") == "x alert(1)");
    CHECK(clean_text("cut <img src=") == "cut");
    CHECK(clean_text(" a\r\n\tb\x1B[31m c ") == "a b [31m c");
    CHECK(clean_text("a\xE2\x80\xAE"
                     "b\xE2\x80\x8B"
                     "c\xE2\x80\xA8"
                     "d") == "abc d");
    CHECK(clean_text("bad \xC3( utf\xF0\x9F") == "bad ( utf");
    CHECK(clean_text("caf\xC3\xA9") == "caf\xC3\xA9");
    CHECK(clean_text("key sk_live_0123456789abcdef end") == "key [redacted] end");
    CHECK(clean_text("key sk_li\xE2\x80\x8Bve_0123456789abcdef").find("0123456789") == std::string::npos);
    CHECK(clean_text("key sk_li<b></b>ve_0123456789abcdef").find("0123456789") == std::string::npos);
    const std::string cut = clean_text(std::string(299, 'x') + "\xC3\xA9\xC3\xA9");
    CHECK(cut.size() <= 300);
    CHECK(cut.ends_with("x..."));
    // A key at the cut must not lose just enough characters to pass as something else.
    for (std::size_t lead = 280; lead < 300; ++lead) {
      CHECK(clean_text(std::string(lead, 'x') + " sk_live_0123456789abcdef").find("sk_live_") == std::string::npos);
    }
  }

  TEST_CASE("a key in any shape of error reaches neither message nor data") {
    for (const std::string_view body :
         {R"({"detail": "key sk_live_0123456789abcdef"})",
          R"({"detail": [{"loc": ["body", "sk_live_0123456789abcdef"], "msg": "sk_live_0123456789abcdef"}]})",
          R"({"error": {"message": "sk_live_0123456789abcdef", "code": "sk_live_0123456789abcdef"}})",
          R"({"error": "sk_live_0123456789abcdef"})",
          R"({"error": {"message": "x", "details": [{"field": "sk_live_0123456789abcdef",
                                                     "message": "sk_live_0123456789abcdef"}]}})",
          "sk_live_0123456789abcdef", "<p>sk_live_0123456789abcdef</p>"}) {
      CAPTURE(body);
      for (const int status : {400, 401, 422, 429, 500}) {
        const Error error = write_error("/v1/messages", status, std::string(body));
        const std::string shown = error.message + error.next_step + error.data.dump();
        CHECK(shown.find("0123456789") == std::string::npos);
      }
    }
  }

  TEST_CASE("the key in use is taken out even when it has no known shape") {
    apmcp::test::ApiFixture f;
    f.credentials.set(apmcp::Secret("odd-key-42"), apmcp::agentphone::KeySource::kFile);
    f.service.answer(401, R"({"detail": "odd-key-42 is revoked"})")
        .answer(422, R"({"detail": [{"loc": ["header"], "msg": "odd-key-42"}]})");
    CHECK(f.api.usage(f.options).error().message.find("odd-key-42") == std::string::npos);
    const auto fields = f.api.usage(f.options);
    CHECK(fields.error().data.dump().find("odd-key-42") == std::string::npos);
    CHECK(f.service.last().bearer == "odd-key-42");
  }

  TEST_CASE("a waiting time is read from throttles, capped, and ignored where it would mislead") {
    CHECK(read_error(429, "", "7").retry_after == std::chrono::seconds{7});
    CHECK(read_error(429, "", "999999").retry_after == std::chrono::seconds{3600});
    CHECK_FALSE(read_error(429, "", "soon").retry_after);
    CHECK_FALSE(read_error(429, "", "-1").retry_after);
    CHECK(read_error(503, "", "3").retry_after == std::chrono::seconds{3});
    CHECK_FALSE(read_error(404, "", "3").retry_after);
    CHECK_FALSE(write_error("/v1/messages", 500, "", "3").retry_after);
  }
}

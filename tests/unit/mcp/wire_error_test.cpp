#include "mcp/wire_error.h"

#include <doctest/doctest.h>

using apmcp::Error;
using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::mcp::to_rpc_error;
using apmcp::mcp::to_tool_error;
using apmcp::mcp::wire_error;

TEST_SUITE("unit") {
  TEST_CASE("every error code has its own row and its own name") {
    for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
      const auto code = static_cast<ErrorCode>(i);
      CHECK(wire_error(code).code == code);
      for (int j = 0; j < i; ++j) CHECK(error_code_name(code) != error_code_name(static_cast<ErrorCode>(j)));
    }
  }

  TEST_CASE("protocol errors carry the codes of the specification") {
    CHECK(wire_error(ErrorCode::kParse).rpc_code == -32700);
    CHECK(wire_error(ErrorCode::kInvalidRequest).rpc_code == -32600);
    CHECK(wire_error(ErrorCode::kMethodNotFound).rpc_code == -32601);
    CHECK(wire_error(ErrorCode::kInvalidParams).rpc_code == -32602);
    CHECK(wire_error(ErrorCode::kInternal).rpc_code == -32603);
    CHECK(wire_error(ErrorCode::kUnsupportedRevision).rpc_code == -32022);
    CHECK(wire_error(ErrorCode::kNotInitialized).rpc_code == -32600);
    CHECK(wire_error(ErrorCode::kBusy).rpc_code == -32000);
    for (const ErrorCode code :
         {ErrorCode::kParse, ErrorCode::kInvalidParams, ErrorCode::kBusy, ErrorCode::kInternal}) {
      CHECK_FALSE(wire_error(code).is_tool_result);
    }
  }

  TEST_CASE("what a model can act on is a tool result with all it needs") {
    for (const ErrorCode code :
         {ErrorCode::kBadArguments, ErrorCode::kPolicyDenied, ErrorCode::kNeedsConfirmation, ErrorCode::kUnauthorized,
          ErrorCode::kNotFound, ErrorCode::kConflict, ErrorCode::kForbidden, ErrorCode::kInvalidUpstream,
          ErrorCode::kBalance, ErrorCode::kRateLimited, ErrorCode::kTimeout, ErrorCode::kUpstreamDown,
          ErrorCode::kOutcomeUnknown}) {
      CHECK(wire_error(code).is_tool_result);
    }
    const Error error{.code = ErrorCode::kRateLimited,
                      .message = "Slow down.",
                      .next_step = "Wait.",
                      .data = Json{{"operation", "place_call"}},
                      .retry_after = std::chrono::seconds(7)};
    CHECK(
        to_tool_error(error) ==
        Json::parse(
            R"({"error":{"code":"rate_limited","message":"Slow down.","retry_after_seconds":7,"operation":"place_call"},"next_step":"Wait."})"));
    CHECK(to_rpc_error(error, false).message == "Slow down.");
  }
}

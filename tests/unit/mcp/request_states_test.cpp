#include "mcp/request_states.h"

#include <doctest/doctest.h>

#include "support/manual_clock.h"
#include "support/plain_seal.h"

using apmcp::ErrorCode;
using apmcp::Json;
using apmcp::mcp::RequestState;
using apmcp::mcp::RequestStates;
using apmcp::mcp::SpentStates;

TEST_SUITE("unit") {
  TEST_CASE("a state comes back as it was left, for its purpose and until it expires") {
    apmcp::test::ManualClock clock;
    apmcp::test::PlainSeal seal;
    RequestStates states(seal, clock, std::chrono::seconds(60));
    const auto sealed =
        states.seal({.round = 2, .answers = {{"a", 1}}, .asked = {{"b", nullptr}}, .handler = {{"c", "d"}}}, "purpose");
    REQUIRE(sealed);
    const auto state = states.open(*sealed, "purpose");
    REQUIRE(state);
    CHECK(state->round == 2);
    CHECK(state->answers == Json{{"a", 1}});
    CHECK(state->asked == Json{{"b", nullptr}});
    CHECK(state->handler == Json{{"c", "d"}});
    CHECK(states.open(*sealed, "another purpose").error().code == ErrorCode::kInvalidParams);
    clock.advance(std::chrono::seconds(59));
    CHECK(states.open(*sealed, "purpose"));
    clock.advance(std::chrono::seconds(1));
    CHECK(states.open(*sealed, "purpose").error().code == ErrorCode::kInvalidParams);
  }

  TEST_CASE("no two states are alike, and none is larger than a client should carry") {
    apmcp::test::ManualClock clock;
    apmcp::test::PlainSeal seal;
    RequestStates states(seal, clock);
    CHECK(*states.seal({}, "p") != *states.seal({}, "p"));
    const RequestState large{.handler = {{"text", std::string(RequestStates::kMaxBytes, 'x')}}};
    CHECK(states.seal(large, "p").error().code == ErrorCode::kInputRefused);
  }

  TEST_CASE("a state is used up once, and as many are remembered as there is room for") {
    apmcp::test::ManualClock clock;
    apmcp::test::PlainSeal seal;
    RequestStates states(seal, clock, std::chrono::seconds(60));
    const auto state_of = [&](int i) {
      return RequestState{.nonce = std::to_string(i), .expires_at = clock.now() + std::chrono::seconds(60)};
    };
    CHECK(states.spend(state_of(0)));
    CHECK(states.spend(state_of(0)).error().code == ErrorCode::kInvalidParams);
    for (int i = 1; i < static_cast<int>(SpentStates::kMaxKept); ++i) CHECK(states.spend(state_of(i)));
    CHECK(states.spend(state_of(-1)).error().code == ErrorCode::kBusy);
    CHECK(states.spend(state_of(0)).error().code == ErrorCode::kInvalidParams);
    clock.advance(std::chrono::seconds(60));
    CHECK(states.spend(state_of(-1)));
  }
}

#include "tools/outcome.h"

#include <doctest/doctest.h>

#include "tools/catalog.h"
#include "tools/definitions.h"
#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

TEST_SUITE("unit") {
  TEST_CASE("every tool that changes something has its own words for an unknown outcome, naming a tool that exists") {
    for (const auto& definition : tools::definitions()) {
      CAPTURE(definition.name);
      const Error error = tools::explain_unknown_outcome(definition.name, {.code = ErrorCode::kOutcomeUnknown});
      CHECK(error.code == ErrorCode::kOutcomeUnknown);
      CHECK(error.data["outcome"] == "unknown");
      const auto check_with = error.data["check_with"].get<std::string>();
      const auto known = tools::definitions();
      CHECK(std::any_of(known.begin(), known.end(), [&](const auto& d) { return d.name == check_with; }));
      if (definition.name != "test_webhook") CHECK(error.next_step.find(check_with) != std::string::npos);
      const bool own_words = error.message.find("It may have happened") == std::string::npos;
      CHECK(own_words == (definition.effect != "reads"));
      if (definition.effect == "spends" && definition.name != "verify") CHECK(error.data["safe_to_retry"] == false);
    }
  }

  TEST_CASE("a text whose answer was lost is not called failed, and is sent once") {
    test::PhoneFixture phone;
    phone.upstream.fail("POST /v1/messages", ErrorCode::kOutcomeUnknown);
    phone.upstream.on("GET /v1/numbers/num_1/messages", R"({"data":[],"hasMore":false})");
    const Error error =
        phone.failure("send_sms", {{"agent_id", "agt_1"}, {"to_number", "+14155550123"}, {"body", "Hello there"}});
    CHECK(error.code == ErrorCode::kOutcomeUnknown);
    CHECK(error.message.find("may have been sent") != std::string::npos);
    CHECK(error.next_step.find("Do not send it again") != std::string::npos);
    CHECK(phone.upstream.writes() == 1);
  }
}

}  // namespace
}  // namespace apmcp

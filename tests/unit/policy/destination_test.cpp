#include "policy/destination.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace {

using apmcp::Error;
using apmcp::ErrorCode;
using apmcp::Result;
using apmcp::numbers::DialedNumber;
using apmcp::numbers::NumberKind;
using apmcp::policy::check_destination;

/// Gives the same answer to every number.
class FixedPlan final : public apmcp::numbers::NumberPlan {
 public:
  explicit FixedPlan(Result<DialedNumber> answer) : answer_(std::move(answer)) {}

  [[nodiscard]] Result<DialedNumber> parse(std::string_view) const override { return answer_; }

 private:
  Result<DialedNumber> answer_;
};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("an ordinary number passes as E.164 without a note") {
    const FixedPlan plan(DialedNumber{.e164 = "+14155550123"});
    const auto destination = check_destination(plan, "to_number", "+1 415 555 0123");
    REQUIRE(destination.ok());
    CHECK(destination->e164 == "+14155550123");
    CHECK(destination->note.empty());
  }

  TEST_CASE("a number without country code passes with a note that says what was assumed") {
    const FixedPlan plan(DialedNumber{.e164 = "+14155550123", .was_national = true});
    const auto destination = check_destination(plan, "to_number", "415 555 0123");
    REQUIRE(destination.ok());
    CHECK(destination->note.find("+14155550123") != std::string::npos);
    CHECK(destination->note.find("to_number") != std::string::npos);
  }

  TEST_CASE("emergency, premium and short numbers are denied by name of the argument, with what to do instead") {
    for (const NumberKind kind : {NumberKind::kEmergency, NumberKind::kPremium, NumberKind::kShortCode}) {
      const FixedPlan plan(DialedNumber{.e164 = "+19005550123", .kind = kind});
      const auto destination = check_destination(plan, "transfer_number", "911");
      REQUIRE_FALSE(destination.ok());
      CHECK(destination.error().code == ErrorCode::kPolicyDenied);
      CHECK(destination.error().message.starts_with("transfer_number is "));
      CHECK(destination.error().next_step.find("dial") != std::string::npos);
      CHECK(destination.error().data["field"] == "transfer_number");
    }
  }

  TEST_CASE("what is no number is a bad argument that names the field") {
    const FixedPlan plan(Error{.code = ErrorCode::kBadArguments, .message = "holds no digits."});
    const auto destination = check_destination(plan, "to_number", "me");
    REQUIRE_FALSE(destination.ok());
    CHECK(destination.error().code == ErrorCode::kBadArguments);
    CHECK(destination.error().message == "to_number holds no digits.");
    CHECK(destination.error().data["field"] == "to_number");
  }
}

#include "webhook/signature.h"

#include <string>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("unit");

namespace apmcp::webhook {
namespace {

constexpr std::string_view kSecret = "whsec_test_4f1d2c";
constexpr std::string_view kTimestamp = "1767225600";
constexpr std::string_view kText =
    R"({"event":"agent.message","channel":"sms","timestamp":"2026-01-01T00:00:00Z","agentId":"agt_01HZX5","data":)"
    R"({"messageId":"msg_01J0A1","conversationId":"conv_01J0A3","numberId":"num_01HZX6","from":"+14155559999",)"
    R"("to":"+14155551234","contact":null,"message":"Café at 3?","mediaUrl":null,"mediaUrls":[],)"
    R"("direction":"inbound","receivedAt":"2026-01-01T00:00:00Z"},"conversationState":null,"recentHistory":[]})";

Clock::TimePoint at(std::int64_t seconds) {
  return Clock::TimePoint(std::chrono::seconds(seconds));
}

Verdict verdict(std::string_view timestamp, std::string_view signature, Clock::TimePoint now) {
  return verify(kSecret, timestamp, kText, signature, now);
}

}  // namespace

TEST_CASE("the three vectors of the vendor's scheme sign as three other implementations signed them") {
  CHECK(sign(kSecret, kTimestamp, "") == "sha256=c921b01d03055ca5a84a749f5880f549ac1cd21fdf5740a721a5aec424b11b81");
  CHECK(sign(kSecret, kTimestamp, R"({"event":"agent.message"})") ==
        "sha256=d8db35cdb079616d84928dc86871fab975867edddcc31b63ebbb73594191c9af");
  REQUIRE(kText.size() == 402);
  CHECK(sign(kSecret, kTimestamp, kText) == "sha256=a19a63731184c2701d81fa65ce7764a593c2227f86793837d6e7877ba72ee67a");
}

TEST_CASE("a delivery is believed when its bytes, its secret and its time fit, and not otherwise") {
  const std::string good = sign(kSecret, kTimestamp, kText);
  const auto now = at(1767225600);
  CHECK(verdict(kTimestamp, good, now) == Verdict::kGenuine);
  CHECK(verify("whsec_other", kTimestamp, kText, good, now) == Verdict::kBadSignature);
  CHECK(verify(kSecret, kTimestamp, std::string(kText) + " ", good, now) == Verdict::kBadSignature);
  CHECK(verdict(kTimestamp, good.substr(7), now) == Verdict::kBadSignature);
  CHECK(verdict(kTimestamp, "", now) == Verdict::kBadSignature);
  std::string upper = good;
  upper[7] = 'A';
  upper[8] = 'F';
  CHECK(verdict(kTimestamp, upper, now) == Verdict::kBadSignature);
  CHECK(verify("", kTimestamp, kText, sign("", kTimestamp, kText), now) == Verdict::kBadSignature);
}

TEST_CASE("a timestamp is good for five minutes either way") {
  const std::string good = sign(kSecret, kTimestamp, kText);
  CHECK(verdict(kTimestamp, good, at(1767225600 + 300)) == Verdict::kGenuine);
  CHECK(verdict(kTimestamp, good, at(1767225600 - 300)) == Verdict::kGenuine);
  CHECK(verdict(kTimestamp, good, at(1767225600 + 301)) == Verdict::kStale);
  CHECK(verdict(kTimestamp, good, at(1767225600 - 301)) == Verdict::kStale);
}

TEST_CASE("a timestamp that is no plain number is refused before anything is computed") {
  const auto now = at(1767225600);
  for (const std::string_view bad :
       {"", "1767225600.0", "+1767225600", "-1", " 1767225600", "1767225600x", "99999999999999999999999999"}) {
    CAPTURE(bad);
    CHECK(verdict(bad, sign(kSecret, bad, kText), now) == Verdict::kBadTimestamp);
  }
}

}  // namespace apmcp::webhook

TEST_SUITE_END();

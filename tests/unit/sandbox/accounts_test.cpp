#include "unit/sandbox/sandbox_fixture.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string signed_up(Sandbox& sandbox, const std::string& email = "owner@example.com") {
  sandbox.key.clear();
  const Answered answer = sandbox.post("/v0/agent/sign-up", {{"human_email", email}});
  REQUIRE(answer.status == 200);
  return Sandbox::text(answer.body, "verification_id");
}

Answered verified(Sandbox& sandbox, const std::string& id, const std::string& code = "123456") {
  sandbox.key.clear();
  return sandbox.post("/v0/agent/verify", {{"verification_id", id}, {"otp_code", code}});
}

}  // namespace

TEST_CASE("signing up mails a code and creates nothing until the code comes back") {
  Sandbox sandbox;
  sandbox.key.clear();
  const Answered answer =
      sandbox.post("/v0/agent/sign-up", {{"human_email", "owner@example.com"}, {"agent_name", "my-agent"}});
  REQUIRE(answer.status == 200);
  CHECK(answer.body["human_email"] == "owner@example.com");
  CHECK(answer.body["expires_at"] == "2026-01-01T00:10:00.000Z");
  const auto mails = sandbox.simulator.mailbox();
  REQUIRE(mails.size() == 1);
  CHECK(mails[0].to == "owner@example.com");
  CHECK(mails[0].code == "123456");
  CHECK(answer.body["verification_id"] == mails[0].verification_id);

  const Answered account = verified(sandbox, mails[0].verification_id);
  REQUIRE(account.status == 200);
  sandbox.key = Sandbox::text(account.body, "api_key");
  CHECK(sandbox.key.substr(0, 8) == "sk_test_");
  const Answered agents = sandbox.get("/v1/agents");
  REQUIRE(agents.body["total"] == 1);
  CHECK(agents.body["data"][0]["id"] == account.body["agent_id"]);
  CHECK(agents.body["data"][0]["name"] == "my-agent");
  CHECK(agents.body["data"][0]["voiceMode"] == "hosted");
  CHECK(agents.body["data"][0]["voice"] == "custom_voice_ea22ba5fdfaa18f39c274851c1");
  CHECK(agents.body["data"][0]["numbers"][0]["id"] == account.body["number_id"]);
  CHECK(agents.body["data"][0]["numbers"][0]["phoneNumber"] == account.body["phone_number"]);
}

TEST_CASE("the code is shown to the operator by the callback") {
  ManualClock clock;
  std::string shown;
  sandbox::SimulatorOptions options;
  options.random = {.code = [] { return std::string("424242"); }, .token = [] { return std::string(40, '0'); }};
  options.log_codes = [&](const std::string& email, const std::string& code) { shown = email + " " + code; };
  sandbox::Simulator simulator(clock, options);
  simulator.handle({.method = "POST", .target = "/v0/agent/sign-up", .body = R"({"human_email":"a@example.com"})"}, {},
                   seconds{1});
  CHECK(shown == "a@example.com 424242");
}

TEST_CASE("a mailbox that has an account is turned away, whatever its case") {
  Sandbox sandbox;
  REQUIRE(verified(sandbox, signed_up(sandbox)).status == 200);
  const Answered again = sandbox.post("/v0/agent/sign-up", {{"human_email", "OWNER@example.com"}});
  CHECK(again.status == 409);
  CHECK(refusal(again).find("dashboard") != std::string::npos);
}

TEST_CASE("two sign-ups of one mailbox make one account") {
  Sandbox sandbox;
  const std::string first = signed_up(sandbox);
  const std::string second = signed_up(sandbox);
  CHECK(verified(sandbox, first).status == 200);
  CHECK(verified(sandbox, second).status == 409);
}

TEST_CASE("a mailbox that is none, or thrown away after use, is refused") {
  Sandbox sandbox;
  sandbox.key.clear();
  for (const char* bad :
       {"owner", "a@b.c", "owner@", "@example.com", "owner@example", "two@at@example.com", "a b@example.com"}) {
    CAPTURE(bad);
    const std::string mistake = first_mistake(sandbox.post("/v0/agent/sign-up", {{"human_email", bad}}));
    CHECK(mistake.substr(0, 13) == "human_email: ");
  }
}

TEST_CASE("a thrown-away mailbox and a missing one are told apart") {
  Sandbox sandbox;
  sandbox.key.clear();
  CHECK(sandbox.post("/v0/agent/sign-up", {{"human_email", "x@mailinator.com"}}).status == 400);
  CHECK(first_mistake(sandbox.post("/v0/agent/sign-up", Json::object())) == "human_email: missing");
}

TEST_CASE("a code has ten minutes") {
  Sandbox sandbox;
  const std::string late = signed_up(sandbox);
  sandbox.pass(minutes{10});
  CHECK(verified(sandbox, late).status == 400);
  const std::string in_time = signed_up(sandbox);
  sandbox.pass(minutes{10} - seconds{1});
  CHECK(verified(sandbox, in_time).status == 200);
}

TEST_CASE("five wrong codes end a verification for good") {
  Sandbox sandbox;
  const std::string id = signed_up(sandbox);
  for (int i = 0; i < 5; ++i) CHECK(verified(sandbox, id, "000000").status == 400);
  CHECK(verified(sandbox, id).status == 429);
}

TEST_CASE("verify tells an unknown id, a used one and a code that is no code apart") {
  Sandbox sandbox;
  CHECK(verified(sandbox, "ver_nobody").status == 404);
  const std::string id = signed_up(sandbox);
  for (const char* bad : {"12345", "1234567", "12345a", ""}) {
    CAPTURE(bad);
    CHECK(first_mistake(verified(sandbox, id, bad)) == "otp_code: string_pattern_mismatch");
  }
  REQUIRE(verified(sandbox, id).status == 200);
  CHECK(verified(sandbox, id).status == 409);
}

TEST_CASE("every test key has an account of its own, and no other key has one") {
  Sandbox sandbox;
  const std::string first = sandbox.starter_number();
  CHECK(sandbox.starter_number() == first);
  sandbox.key = "sk_test_two";
  CHECK(sandbox.starter_number() != first);
  const std::string agent = sandbox.starter_agent();
  sandbox.key = "sk_test_one";
  CHECK(sandbox.get("/v1/agents/" + agent).status == 404);
  for (const char* bad : {"", "sk_live_x", "sk_test_", "nonsense"}) {
    CAPTURE(bad);
    sandbox.key = bad;
    const Answered answer = sandbox.get("/v1/usage");
    CHECK(answer.status == 401);
    CHECK(!refusal(answer).empty());
  }
}

TEST_CASE("usage counts numbers, texts in both directions and calls by age") {
  Sandbox sandbox;
  sandbox.text_to("+14155550123", "hello");
  sandbox.call("+14155550123");
  sandbox.pass(minutes{2});
  Answered usage = sandbox.get("/v1/usage");
  CHECK(usage.body["plan"]["name"] == "payg");
  CHECK(usage.body["numbers"] == Json{{"used", 1}, {"limit", 10}, {"remaining", 9}});
  CHECK(usage.body["stats"]["totalMessages"] == 2);
  CHECK(usage.body["stats"]["messagesLast24h"] == 2);
  CHECK(usage.body["stats"]["callsLast24h"] == 1);
  sandbox.pass(std::chrono::hours{25});
  usage = sandbox.get("/v1/usage");
  CHECK(usage.body["stats"]["totalMessages"] == 2);
  CHECK(usage.body["stats"]["messagesLast24h"] == 0);
  CHECK(usage.body["stats"]["messagesLast7d"] == 2);
  sandbox.pass(std::chrono::hours{24 * 31});
  CHECK(sandbox.get("/v1/usage").body["stats"]["callsLast30d"] == 0);
}

TEST_CASE("sign-ups beyond ten a minute wait for the time that Retry-After names") {
  Sandbox sandbox;
  for (int i = 0; i < 10; ++i) signed_up(sandbox, "owner" + std::to_string(i) + "@example.com");
  sandbox.pass(seconds{20});
  const Answered refused = sandbox.post("/v0/agent/sign-up", {{"human_email", "late@example.com"}});
  CHECK(refused.status == 429);
  CHECK(error_code(refused) == "RATE_LIMIT_EXCEEDED");
  CHECK(refused.retry_after == "40");
  sandbox.pass(seconds{40});
  signed_up(sandbox, "late@example.com");
}

TEST_CASE("the voice catalogue is long, has the default voice and keeps its nulls") {
  Sandbox sandbox;
  const Answered answer = sandbox.get("/v1/agents/voices");
  REQUIRE(answer.status == 200);
  const Json& voices = answer.body["data"];
  CHECK(voices.size() > 50);
  CHECK(voices[0]["voice_id"] == "custom_voice_ea22ba5fdfaa18f39c274851c1");
  bool null_gender = false;
  bool null_accent = false;
  for (const Json& voice : voices) {
    null_gender = null_gender || voice["gender"].is_null();
    null_accent = null_accent || voice["accent"].is_null();
  }
  CHECK(null_gender);
  CHECK(null_accent);
}

}  // namespace apmcp::test

TEST_SUITE_END();

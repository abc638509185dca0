#include <doctest/doctest.h>

#include "unit/tools/phone_fixture.h"

namespace apmcp {
namespace {

std::vector<std::string> ids(const Json& rows, const char* key) {
  std::vector<std::string> all;
  for (const Json& row : rows) all.push_back(row[key].get<std::string>());
  return all;
}

TEST_SUITE("unit") {
  TEST_CASE("a new agent is hosted unless said otherwise") {
    test::PhoneFixture phone;
    phone.ok("create_agent", {{"name", "A"}, {"system_prompt", "Be kind."}});
    CHECK(Json::parse(phone.upstream.last_body())["voiceMode"] == "hosted");
    phone.ok("create_agent", {{"name", "A"}, {"voice_mode", "webhook"}});
    CHECK(Json::parse(phone.upstream.last_body())["voiceMode"] == "webhook");
  }

  TEST_CASE("a hosted agent without system_prompt is refused before any traffic, naming the field") {
    test::PhoneFixture phone;
    for (const Json& arguments : {Json{{"name", "A"}}, Json{{"name", "A"}, {"voice_mode", "hosted"}},
                                  Json{{"name", "A"}, {"system_prompt", ""}}}) {
      const Error error = phone.failure("create_agent", arguments);
      CHECK(error.code == ErrorCode::kBadArguments);
      CHECK(error.data["field"] == "system_prompt");
    }
    CHECK(phone.upstream.lines().empty());
  }

  TEST_CASE("update_agent needs something to change, and sends only that") {
    test::PhoneFixture phone;
    CHECK(phone.failure("update_agent", {{"agent_id", "agt_1"}}).code == ErrorCode::kBadArguments);
    CHECK(phone.upstream.lines().empty());
    phone.ok("update_agent", {{"agent_id", "agt_1"}, {"begin_message", "Hi"}});
    CHECK(Json::parse(phone.upstream.last_body()) == Json{{"beginMessage", "Hi"}});
  }

  TEST_CASE("a transfer number is normalised, has to be +1, and empty clears it") {
    test::PhoneFixture phone;
    phone.ok("update_agent", {{"agent_id", "agt_1"}, {"transfer_number", "(415) 555-0123"}});
    CHECK(Json::parse(phone.upstream.last_body())["transferNumber"] == "+14155550123");
    phone.ok("update_agent", {{"agent_id", "agt_1"}, {"transfer_number", ""}});
    CHECK(Json::parse(phone.upstream.last_body())["transferNumber"] == "");
    const auto before = phone.upstream.lines().size();
    CHECK_FALSE(phone.call("update_agent", {{"agent_id", "agt_1"}, {"transfer_number", "+442071838750"}}).ok());
    CHECK(phone.upstream.lines().size() == before);
  }

  TEST_CASE("delete_agent says which numbers it left without an agent") {
    test::PhoneFixture phone;
    const Json answer = phone.ok("delete_agent", {{"agent_id", "agt_1"}, {"confirm", true}});
    CHECK(answer["agent"]["deleted"] == true);
    CHECK(ids(answer["agent"]["unassigned_numbers"], "number_id") == std::vector<std::string>{"num_1"});
    CHECK(answer["next_step"].get<std::string>().find("release_number") != std::string::npos);
  }

  TEST_CASE("attaching and detaching name the number and the agent") {
    test::PhoneFixture phone;
    const Json both{{"agent_id", "agt_1"}, {"number_id", "num_1"}};
    CHECK(phone.ok("attach_number", both)["number"]["agent_id"] == "agt_1");
    CHECK(Json::parse(phone.upstream.last_body()) == Json{{"numberId", "num_1"}});
    CHECK(phone.ok("detach_number", both)["number"]["detached"] == true);
    CHECK(phone.upstream.lines().back() == "DELETE /v1/agents/agt_1/numbers/num_1");
  }

  TEST_CASE("lists say how many there are and how to go on") {
    test::PhoneFixture phone;
    phone.upstream.on("GET /v1/agents", R"({"data":[{"id":"agt_9","name":"N","description":null,"voiceMode":"hosted",
                                            "voice":"v","createdAt":"2026-01-01T00:00:00Z"}],"total":3})");
    const Json answer = phone.ok("list_agents", {{"limit", 1}, {"offset", 1}});
    CHECK(answer["page"] == Json{{"total", 3}, {"has_more", true}, {"next_offset", 2}});
    CHECK(phone.upstream.lines().back().find("limit=1") != std::string::npos);
    CHECK(phone.upstream.lines().back().find("offset=1") != std::string::npos);
  }

  TEST_CASE("voices are filtered over the whole catalogue, nulls match no filter") {
    test::PhoneFixture phone;
    const auto found = [&phone](const Json& arguments) {
      return ids(phone.ok("list_voices", arguments)["voices"], "voice");
    };
    CHECK(found(Json::object()).size() == 3);
    CHECK(found({{"gender", "Male"}}) == std::vector<std::string>{"openai-Onyx"});  // "female" contains "male"
    CHECK(found({{"accent", "americ"}}) == std::vector<std::string>{"11labs-Marissa"});
    CHECK(found({{"provider", "QWEN"}}) == std::vector<std::string>{"qwen3-Plain"});
    CHECK(found({{"query", "onyx"}}) == std::vector<std::string>{"openai-Onyx"});
    CHECK(found({{"query", "11labs"}, {"gender", "female"}}).size() == 1);
    CHECK(found({{"gender", "unknown"}}).empty());
  }

  TEST_CASE("voices are paged after filtering, and an offset beyond the end is an empty page") {
    test::PhoneFixture phone;
    const Json first = phone.ok("list_voices", {{"limit", 2}});
    CHECK(first["page"] == Json{{"total", 3}, {"has_more", true}, {"next_offset", 2}});
    const Json last = phone.ok("list_voices", {{"limit", 2}, {"offset", 2}});
    CHECK(last["voices"].size() == 1);
    CHECK(last["page"] == Json{{"total", 3}, {"has_more", false}});
    CHECK(phone.ok("list_voices", {{"offset", 99}})["voices"].empty());
    const Json plain = last["voices"][0];
    CHECK_FALSE(plain.contains("gender"));
    CHECK_FALSE(plain.contains("preview_audio_url"));
  }
}

}  // namespace
}  // namespace apmcp

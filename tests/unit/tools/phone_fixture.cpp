#include "unit/tools/phone_fixture.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tools/catalog.h"
#include "tools/invoke.h"

namespace apmcp::test {
namespace {

constexpr const char* kAgent = R"({"id":"agt_1","name":"Caller","description":null,"voiceMode":"hosted",
  "modelTier":"balanced","systemPrompt":"You book tables.","beginMessage":"Hello.","voice":"11labs-Marissa",
  "transferNumber":null,"voicemailMessage":null,"language":"en-US","createdAt":"2026-04-19T17:00:00Z",
  "numbers":[{"id":"num_1","phoneNumber":"+14155550100","status":"active","type":"sms"}]})";
constexpr const char* kNumber = R"({"id":"num_1","phoneNumber":"+14155550100","country":"US","status":"active",
  "type":"sms","agentId":"agt_1","createdAt":"2026-04-19T17:00:00Z"})";
constexpr const char* kCall = R"({"id":"call_1","agentId":"agt_1","phoneNumberId":"num_1","phoneNumber":"+14155550100",
  "fromNumber":"+14155550100","toNumber":"+14155550123","direction":"outbound","status":"completed",
  "startedAt":"2026-04-19T17:20:11Z","endedAt":"2026-04-19T17:21:02Z","durationSeconds":51,
  "lastTranscriptSnippet":"Three works.","transcripts":[
    {"id":"tr_1","transcript":"We have three o'clock.","response":"Three works.","createdAt":"2026-04-19T17:20:31Z"}]})";
constexpr const char* kThread =
    R"({"id":"conv_1","agentId":"agt_1","phoneNumberId":"num_1","phoneNumber":"+14155550100",
  "participant":"+14155550123","lastMessageAt":"2026-04-19T17:20:11Z","lastMessagePreview":"On my way","messageCount":1,
  "createdAt":"2026-04-19T17:00:00Z","messages":[{"id":"msg_1","body":"On my way","fromNumber":"+14155550123",
  "toNumber":"+14155550100","direction":"inbound","channel":"sms","mediaUrls":[],"receivedAt":"2026-04-19T17:20:11Z"}]})";
constexpr const char* kUsage = R"({"plan":{"name":"payg"},"numbers":{"used":1,"limit":10,"remaining":9},
  "stats":{"totalMessages":4,"messagesLast24h":1,"messagesLast7d":2,"messagesLast30d":3,"totalCalls":8,"callsLast24h":5,
  "callsLast7d":6,"callsLast30d":7,"totalWebhookDeliveries":3,"successfulWebhookDeliveries":2,
  "failedWebhookDeliveries":1}})";
constexpr const char* kVoices = R"({"data":[
  {"voice_id":"11labs-Marissa","voice_name":"Marissa","provider":"elevenlabs","gender":"female","accent":"American",
   "preview_audio_url":"https://example.com/a.mp3"},
  {"voice_id":"openai-Onyx","voice_name":"Onyx","provider":"openai","gender":"male","accent":"British",
   "preview_audio_url":null},
  {"voice_id":"qwen3-Plain","voice_name":"Plain","provider":"qwen3","gender":null,"accent":null,
   "preview_audio_url":null}]})";

std::string page(const std::string& row) {
  return R"({"data":[)" + row + R"(],"hasMore":false,"total":1})";
}

std::string webhook() {
  return std::string(R"({"id":"wh_1","url":"https://hooks.example.com/a","secret":")") + kTestSecret +
         R"(","status":"active","contextLimit":10,"timeout":30,"createdAt":"2026-04-19T17:00:00Z"})";
}

}  // namespace

Result<numbers::DialedNumber> PlainNumberPlan::parse(std::string_view text) const {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  if (digits.size() == 4 && digits.front() == '1') digits.erase(0, 1);
  if (digits == "988" || (digits.size() == 3 && digits.ends_with("11"))) {
    return numbers::DialedNumber{.kind = numbers::NumberKind::kEmergency};
  }
  if (digits.size() < 7) return Error{.code = ErrorCode::kBadArguments, .message = "no phone number"};
  if (text.starts_with('+')) return numbers::DialedNumber{.e164 = "+" + digits};
  return numbers::DialedNumber{.e164 = "+1" + digits, .was_national = true};
}

Result<bool> EchoingInbox::keep(const webhook::Received& /*received*/, std::string_view /*body*/) {
  return true;
}

Result<inbox::EventPage> EchoingInbox::list(const inbox::EventQuery& query) {
  inbox::StoredEvent stored{.position = 43};
  stored.event.kind = webhook::EventKind::kMessage;
  stored.event.text = std::string(query.kind ? webhook::kind_name(*query.kind) : "any") + " of " +
                      query.number_id.value_or("any") + (query.since ? " since " + iso8601(*query.since) : "") +
                      " after " + std::to_string(query.after.value_or(0)) + ", " + std::to_string(query.limit);
  return inbox::EventPage{.events = {stored}, .position = stored.position};
}

PhoneFixture::PhoneFixture() {
  credentials.set(Secret(kCanaryKey), agentphone::KeySource::kEnvironment);
  upstream
      .on("POST /v0/agent/sign-up",
          R"({"verification_id":"ver_1","human_email":"sam@example.com","expires_at":"2026-04-20T17:30:00Z","message":"m"})")
      .on("POST /v0/agent/verify",
          std::string(
              R"({"account_id":"acct_1","agent_id":"agt_1","number_id":"num_1","phone_number":"+14155550100",)") +
              R"("api_key":")" + kCanaryKey + R"("})")
      .on("GET /v1/usage", kUsage)
      .on("GET /v1/agents", page(kAgent))
      .on("POST /v1/agents", kAgent)
      .on("GET /v1/agents/agt_1", kAgent)
      .on("PATCH /v1/agents/agt_1", kAgent)
      .on("DELETE /v1/agents/agt_1", R"({"success":true,"id":"agt_1","name":"Caller"})")
      .on("POST /v1/agents/agt_1/numbers",
          R"({"agentId":"agt_1","number":{"id":"num_1","phoneNumber":"+14155550100","status":"active"}})")
      .on("DELETE /v1/agents/agt_1/numbers/num_1", R"({"success":true})")
      .on("GET /v1/agents/voices", kVoices)
      .on("GET /v1/numbers", page(kNumber))
      .on("POST /v1/numbers", kNumber)
      .on("DELETE /v1/numbers/num_1", R"({"success":true,"phoneNumber":"+14155550100","status":"released"})")
      .on("POST /v1/messages",
          R"({"id":"msg_2","status":"sent","channel":"sms","from_number":"+14155550100","to_number":"+14155550123",
              "conversation_id":"conv_1"})")
      .on("GET /v1/numbers/num_1/messages",
          R"({"data":[{"id":"msg_1","from_":"+14155550123","to":"+14155550100","body":"On my way","direction":"inbound",
              "channel":"sms","receivedAt":"2026-04-19T17:20:11Z"}],"hasMore":false})")
      .on("GET /v1/conversations", page(kThread))
      .on("GET /v1/agents/agt_1/conversations", page(kThread))
      .on("GET /v1/conversations/conv_1", kThread)
      .on("POST /v1/calls",
          R"({"id":"call_2","agentId":"agt_1","phoneNumberId":"num_1","fromNumber":"+14155550100",
              "toNumber":"+14155550123","direction":"outbound","status":"in-progress","startedAt":"2026-04-19T17:20:11Z"})")
      .on("GET /v1/calls", page(kCall))
      .on("GET /v1/agents/agt_1/calls", page(kCall))
      .on("GET /v1/calls/call_1", kCall)
      .on("POST /v1/calls/call_1/end", R"({"id":"call_1","status":"ending"})")
      .on("GET /v1/webhooks", webhook())
      .on("POST /v1/webhooks", webhook())
      .on("GET /v1/agents/agt_1/webhook", webhook())
      .on("POST /v1/agents/agt_1/webhook", webhook())
      .on("POST /v1/webhooks/test", R"({"success":true,"httpStatus":200,"responseMs":84,"errorMessage":null})");
}

Result<tools::ToolOutput> call_tool(std::string_view tool, const Json& arguments, tools::ToolServices& services,
                                    mcp::RequestContext& context) {
  const auto bindings = tools::all_bindings();
  const auto found = std::find_if(bindings.begin(), bindings.end(), [tool](const auto& b) { return b.name == tool; });
  REQUIRE(found != bindings.end());
  return tools::invoke(*found, arguments, services, context);
}

Result<tools::ToolOutput> PhoneFixture::call(std::string_view tool, const Json& arguments) {
  return call_tool(tool, arguments, services, context);
}

Json PhoneFixture::ok(std::string_view tool, const Json& arguments) {
  auto result = call(tool, arguments);
  if (!result) FAIL("the call failed: " << result.error().message);
  CHECK_FALSE(result->text.empty());
  return std::move(result->structured);
}

Error PhoneFixture::failure(std::string_view tool, const Json& arguments) {
  auto result = call(tool, arguments);
  REQUIRE_FALSE(result.ok());
  return std::move(result).error();
}

}  // namespace apmcp::test

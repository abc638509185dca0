#include "webhook/event.h"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("unit");

namespace apmcp::webhook {
namespace {

Event parsed(std::string_view body) {
  auto event = parse_event(body);
  REQUIRE(event);
  return *std::move(event);
}

}  // namespace

TEST_CASE("a text, a spoken turn, an ended call and a reaction each say what they are") {
  const Event text = parsed(
      R"({"event":"agent.message","channel":"sms","timestamp":"2026-04-19T17:20:11Z","agentId":"agt_1","data":{
          "messageId":"msg_1","conversationId":"conv_1","numberId":"num_1","from":"+14155550123","to":"+14155550100",
          "message":"At four?","mediaUrls":["https://example.com/a.jpg"],"direction":"inbound"},
          "conversationState":null})");
  CHECK(text.kind == EventKind::kMessage);
  CHECK(text.text == "At four?");
  CHECK(text.from_number == "+14155550123");
  CHECK(text.conversation_id == "conv_1");
  CHECK(text.media_urls.size() == 1);
  CHECK_FALSE(text.is_test);

  const Event turn = parsed(R"({"event":"agent.message","channel":"voice","data":{"callId":"call_1",
      "transcript":"Anything at three?","direction":"outbound"}})");
  CHECK(turn.kind == EventKind::kVoiceTurn);
  CHECK(turn.text == "Anything at three?");
  CHECK_FALSE(turn.is_echo());

  const Event ended = parsed(R"({"event":"agent.call_ended","channel":"voice","data":{"callId":"call_1",
      "status":"completed","durationSeconds":51,"disconnectionReason":"agent_hangup","direction":"outbound",
      "transcript":[{"role":"agent","content":"Hi"}],"summary":"Booked.","userSentiment":"Positive"}})");
  CHECK(ended.kind == EventKind::kCallEnded);
  CHECK(ended.text == "Booked.");
  CHECK(ended.duration_seconds == 51);
  CHECK_FALSE(ended.is_echo());

  const Event reaction = parsed(R"({"event":"agent.reaction","channel":"imessage","data":{"messageId":"msg_2",
      "reactionType":"love","fromNumber":"+14155550123","direction":"inbound","messageBody":"See you."}})");
  CHECK(reaction.kind == EventKind::kReaction);
  CHECK(reaction.reaction == "love");
  CHECK(reaction.from_number == "+14155550123");
}

TEST_CASE("what we sent ourselves is an echo, a test is marked, and an unknown name is no mistake") {
  CHECK(parsed(R"({"event":"agent.message","channel":"sms","data":{"direction":"outbound"}})").is_echo());
  CHECK(parsed(R"({"event":"agent.message","channel":"sms","conversationState":{"testMode":true}})").is_test);
  CHECK(parsed(R"({"event":"agent.contact_shared","data":[1]})").kind == EventKind::kOther);
  CHECK(parsed("{}").kind == EventKind::kOther);
}

TEST_CASE("what is no object, or too deep, is no event") {
  CHECK_FALSE(parse_event(""));
  CHECK_FALSE(parse_event("[]"));
  CHECK_FALSE(parse_event(R"({"event":)"));
  CHECK_FALSE(parse_event(std::string(1000, '[')));
}

TEST_CASE("every kind has a name of its own") {
  for (const EventKind kind :
       {EventKind::kMessage, EventKind::kVoiceTurn, EventKind::kCallEnded, EventKind::kReaction, EventKind::kOther}) {
    CHECK(kind_named(kind_name(kind)) == kind);
  }
  CHECK_FALSE(kind_named("voicemail"));
}

}  // namespace apmcp::webhook

TEST_SUITE_END();

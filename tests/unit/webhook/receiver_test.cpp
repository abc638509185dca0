#include "webhook/receiver.h"

#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "webhook/signature.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::webhook {
namespace {

constexpr std::int64_t kNow = 1767225600;
constexpr const char* kReceiverSecret = "whsec_test_4f1d2c";
constexpr const char* kReceiverBody =
    R"({"event":"agent.message","channel":"sms","timestamp":"2026-01-01T00:00:00Z","data":{"messageId":"msg_1",)"
    R"("message":"Café at 3?","direction":"inbound"}})";

/// A genuine delivery, to be spoilt by a test.
struct Post {
  std::string id = "del_msg_1_num_1";
  std::string timestamp = std::to_string(kNow);
  std::string body = kReceiverBody;
  std::string signature = sign(kReceiverSecret, timestamp, body);
};

std::variant<Received, Refusal> received(const Post& post, std::int64_t now = kNow, bool are_changing = false) {
  SigningSecrets secrets{.is_changing = are_changing};
  secrets.known.emplace_back("whsec_of_an_agent");
  secrets.known.emplace_back(kReceiverSecret);
  return receive({.id = post.id, .timestamp = post.timestamp, .signature = post.signature, .body = post.body}, secrets,
                 Clock::TimePoint(std::chrono::seconds(now)));
}

int refused_with(const Post& post, std::int64_t now = kNow) {
  const auto outcome = received(post, now);
  const auto* refusal = std::get_if<Refusal>(&outcome);
  return refusal == nullptr ? 0 : refusal->status;
}

}  // namespace

TEST_CASE("a genuine delivery is read, whichever of our webhooks it was signed for") {
  const auto outcome = received({});
  const auto* genuine = std::get_if<Received>(&outcome);
  REQUIRE(genuine != nullptr);
  CHECK(genuine->delivery_id == "del_msg_1_num_1");
  CHECK(genuine->event.message_id == "msg_1");
  Post of_agent;
  of_agent.signature = sign("whsec_of_an_agent", of_agent.timestamp, of_agent.body);
  CHECK(refused_with(of_agent) == 0);
}

TEST_CASE("without X-Webhook-ID a retry has the id of the first try, and another event has not") {
  Post first;
  first.id.clear();
  Post retry;
  retry.id.clear();
  retry.timestamp = std::to_string(kNow + 200);
  retry.signature = sign(kReceiverSecret, retry.timestamp, retry.body);
  const auto id_of = [](const Post& post) { return std::get<Received>(received(post)).delivery_id; };
  CHECK(id_of(first) == id_of(retry));
  Post other = first;
  other.body.replace(other.body.find("msg_1"), 5, "msg_2");
  other.signature = sign(kReceiverSecret, other.timestamp, other.body);
  CHECK(id_of(first) != id_of(other));
}

TEST_CASE("without X-Webhook-ID two texts of one second are two, also when they have no message id") {
  const auto id_of = [](const std::string& data) {
    Post post{.id = "",
              .body = R"({"event":"agent.message","channel":"voice","timestamp":"2026-01-01T00:00:00Z","data":)" +
                      data + "}"};
    return std::get<Received>(received(post)).delivery_id;
  };
  const std::string yes = R"({"callId":"call_1","transcript":"Yes."})";
  CHECK(id_of(yes) != id_of(R"({"callId":"call_1","transcript":"Please."})"));
  CHECK(id_of(yes) == id_of(yes));
  CHECK(id_of(R"({"message":"Yes."})") != id_of(R"({"message":"Please."})"));
}

TEST_CASE("forgeries, replays and skews are refused") {
  struct Forgery {
    const char* what;
    int status;
    std::function<void(Post&)> spoil;
  };

  const std::vector<Forgery> forgeries{
      {"another body", 401, [](Post& p) { p.body.replace(p.body.find('3'), 1, "4"); }},
      {"the same JSON with a space", 401, [](Post& p) { p.body.insert(1, " "); }},
      {"the accented letter as an escape", 401, [](Post& p) { p.body.replace(p.body.find("é"), 2, "\\u00e9"); }},
      {"an empty body", 401, [](Post& p) { p.body.clear(); }},
      {"a fresh time on an old signature", 401, [](Post& p) { p.timestamp = std::to_string(kNow + 1); }},
      {"another secret", 401, [](Post& p) { p.signature = sign("whsec_guess", p.timestamp, p.body); }},
      {"no secret", 401, [](Post& p) { p.signature = sign("", p.timestamp, p.body); }},
      {"the secret without its prefix", 401, [](Post& p) { p.signature = sign("test_4f1d2c", p.timestamp, p.body); }},
      {"no scheme", 401, [](Post& p) { p.signature.erase(0, 7); }},
      {"another scheme", 401, [](Post& p) { p.signature.replace(0, 6, "sha512"); }},
      {"capital digits", 401, [](Post& p) { p.signature[7] = 'A'; }},
      {"a cut signature", 401, [](Post& p) { p.signature.pop_back(); }},
      {"a longer signature", 401, [](Post& p) { p.signature += "0"; }},
      {"no signature", 400, [](Post& p) { p.signature.clear(); }},
      {"no time", 400, [](Post& p) { p.timestamp.clear(); }},
      {"a time with a sign", 400, [](Post& p) { p.timestamp.insert(0, "+"); }},
      {"a time in milliseconds", 400, [](Post& p) { p.timestamp += "000"; }},
      {"an id with a line end", 400, [](Post& p) { p.id += "\r\nx"; }},
      {"an id without end", 400, [](Post& p) { p.id.assign(1000, 'x'); }},
  };
  for (const Forgery& forgery : forgeries) {
    CAPTURE(forgery.what);
    Post post;
    forgery.spoil(post);
    CHECK(refused_with(post) == forgery.status);
  }
  CHECK(refused_with({}, kNow + 300) == 0);
  CHECK(refused_with({}, kNow - 300) == 0);
  CHECK(refused_with({}, kNow + 301) == 401);
  CHECK(refused_with({}, kNow - 301) == 401);
}

TEST_CASE("a signed body that is no event is refused for good, and no secret is a reason to send it again") {
  Post post;
  post.body = "not JSON";
  post.signature = sign(kReceiverSecret, post.timestamp, post.body);
  CHECK(refused_with(post) == 400);
  const auto outcome = receive({.id = "del_1", .timestamp = "1767225600", .signature = "sha256=00", .body = "{}"}, {},
                               Clock::TimePoint(std::chrono::seconds(kNow)));
  REQUIRE(std::holds_alternative<Refusal>(outcome));
  CHECK(std::get<Refusal>(outcome).status == 503);
}

TEST_CASE("while a secret is replaced, what no known one has signed is sent again instead of lost") {
  Post with_new;
  with_new.signature = sign("whsec_new", with_new.timestamp, with_new.body);
  const auto status_of = [](const Post& post, std::int64_t now) {
    const auto outcome = received(post, now, true);
    const auto* refusal = std::get_if<Refusal>(&outcome);
    return refusal == nullptr ? 0 : refusal->status;
  };
  CHECK(status_of(with_new, kNow) == 503);
  CHECK(status_of({}, kNow) == 0);
  CHECK_MESSAGE(status_of({}, kNow + 301) == 401, "no secret mends the time");
}

}  // namespace apmcp::webhook

TEST_SUITE_END();

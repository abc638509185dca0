#include "inbox/sqlite_inbox.h"

#include <string>

#include <doctest/doctest.h>

#include "support/manual_clock.h"
#include "support/temporary_directory.h"
#include "webhook/receiver.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::inbox {
namespace {

std::string text_body(const std::string& id, const std::string& number = "num_1") {
  return R"({"event":"agent.message","channel":"sms","data":{"messageId":")" + id + R"(","numberId":")" + number +
         R"(","message":"text )" + id + R"(","direction":"inbound"}})";
}

std::string call_body(const std::string& id) {
  return R"({"event":"agent.call_ended","channel":"voice","data":{"callId":")" + id + R"(","numberId":"num_2"}})";
}

/// An inbox whose time stands still.
class InboxFixture {
 public:
  explicit InboxFixture(InboxOptions options = {.file = ":memory:"}) : options_(std::move(options)) {
    options_.clock = &clock;
    reopen();
  }

  void reopen() {
    inbox_.reset();
    auto opened = open_inbox(options_);
    REQUIRE_MESSAGE(opened, opened.error().message);
    inbox_ = *std::move(opened);
  }

  bool keep(const std::string& id, const std::string& body, const std::string& signature = "") {
    auto event = webhook::parse_event(body);
    REQUIRE(event);
    const auto kept = inbox_->keep(
        {.delivery_id = id, .signature = signature.empty() ? "sha256=" + id : signature, .event = *std::move(event)},
        body);
    REQUIRE_MESSAGE(kept, kept.error().message);
    return *kept;
  }

  EventPage list(const EventQuery& query = {.limit = 100}) {
    auto page = inbox_->list(query);
    REQUIRE_MESSAGE(page, page.error().message);
    return *std::move(page);
  }

  /// "1 2 3": the ids of messages and calls in the order of the page.
  std::string ids(const EventQuery& query = {.limit = 100}) {
    std::string text;
    for (const StoredEvent& stored : list(query).events) {
      text += (text.empty() ? "" : " ") + stored.event.message_id + stored.event.call_id;
    }
    return text;
  }

  test::ManualClock clock;

 private:
  InboxOptions options_;
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace

TEST_CASE("an event is kept once, whether its id or the whole request comes again") {
  InboxFixture inbox;
  CHECK(inbox.keep("del_1", text_body("1")));
  CHECK_FALSE(inbox.keep("del_1", text_body("1"), "sha256=signed-anew"));
  CHECK_FALSE(inbox.keep("del_made_up", text_body("1"), "sha256=del_1"));
  CHECK(inbox.keep("del_2", text_body("2")));
  CHECK(inbox.ids() == "1 2");
}

TEST_CASE("events are found by kind, number, time and position") {
  InboxFixture inbox;
  inbox.keep("a", text_body("1"));
  inbox.clock.advance(std::chrono::minutes{1});
  const auto later = inbox.clock.now();
  inbox.keep("b", text_body("2", "num_2"));
  inbox.keep("c", call_body("3"));
  CHECK(inbox.ids({.kind = webhook::EventKind::kCallEnded}) == "3");
  CHECK(inbox.ids({.number_id = "num_2"}) == "2 3");
  CHECK(inbox.ids({.since = later}) == "2 3");
  CHECK(inbox.ids({.kind = webhook::EventKind::kMessage, .since = later}) == "2");
  CHECK(inbox.ids({.limit = 2}) == "2 3");

  const EventPage first = inbox.list({.after = 0, .limit = 2});
  CHECK(first.has_more);
  CHECK(first.events.size() == 2);
  const EventPage second = inbox.list({.after = first.position, .limit = 2});
  CHECK_FALSE(second.has_more);
  REQUIRE(second.events.size() == 1);
  CHECK(second.events[0].event.call_id == "3");
  CHECK(second.events[0].received_at == later);
  const EventPage none = inbox.list({.after = second.position, .limit = 2});
  CHECK(none.events.empty());
  CHECK(none.position == second.position);
  inbox.keep("d", text_body("4"));
  CHECK(inbox.ids({.after = none.position}) == "4");
}

TEST_CASE("a page that holds all there is ends behind the newest event, whether that fits or not") {
  InboxFixture inbox;
  CHECK(inbox.list().position == 0);
  for (const char* id : {"1", "2", "3"}) inbox.keep(id, text_body(id));
  const auto in_an_hour = inbox.clock.now() + std::chrono::hours{1};
  const std::int64_t newest = inbox.list().position;
  CHECK(inbox.list({.number_id = "num_2"}).position == newest);
  CHECK(inbox.list({.since = in_an_hour}).position == newest);
  CHECK(inbox.list({.kind = webhook::EventKind::kCallEnded, .after = 1}).position == newest);
  CHECK(inbox.list({.after = 0, .limit = 2}).position < newest);
  inbox.keep("4", text_body("4", "num_2"));
  CHECK(inbox.ids({.number_id = "num_2", .after = newest}) == "4");
}

TEST_CASE("too many, too much and too old go, and their deliveries are still known") {
  InboxFixture many({.file = ":memory:", .max_events = 3});
  for (const char* id : {"1", "2", "3", "4", "5"}) many.keep(id, text_body(id));
  CHECK(many.ids() == "3 4 5");
  CHECK_FALSE(many.keep("1", text_body("1"), "sha256=again"));

  const auto size = static_cast<std::int64_t>(text_body("1").size());
  InboxFixture much({.file = ":memory:", .max_bytes = 2 * size});
  for (const char* id : {"1", "2", "3"}) much.keep(id, text_body(id));
  CHECK(much.ids() == "2 3");

  InboxFixture old;
  old.keep("1", text_body("1"));
  old.clock.advance(std::chrono::hours{24 * 30 + 1});
  old.keep("2", text_body("2"));
  CHECK(old.ids() == "2");
}

TEST_CASE("a retry a day later is still known, two days later it is not") {
  InboxFixture inbox;
  inbox.keep("1", text_body("1"));
  inbox.clock.advance(std::chrono::hours{25});
  inbox.keep("2", text_body("2"));
  CHECK_FALSE(inbox.keep("1", text_body("1"), "sha256=again"));
  inbox.clock.advance(std::chrono::hours{24});
  inbox.keep("3", text_body("3"));
  CHECK(inbox.keep("1", text_body("1"), "sha256=again"));
}

TEST_CASE("events and the knowledge of their deliveries outlive the process") {
  const test::TemporaryDirectory directory;
  InboxFixture inbox({.file = directory.path() / "state" / "inbox.db"});
  inbox.keep("1", text_body("1"));
  inbox.reopen();
  CHECK(inbox.ids() == "1");
  CHECK_FALSE(inbox.keep("1", text_body("1"), "sha256=again"));
}

TEST_CASE("two that share a file keep to its limits together, and neither drops more than it must") {
  const test::TemporaryDirectory directory;
  const InboxOptions three{.file = directory.path() / "state" / "inbox.db", .max_events = 3};
  InboxFixture one(three);
  InboxFixture other(three);
  for (const char* id : {"1", "2", "3"}) one.keep(id, text_body(id));
  other.keep("4", text_body("4"));
  CHECK(one.ids() == "2 3 4");
  one.keep("5", text_body("5"));
  other.keep("6", text_body("6"));
  CHECK(other.ids() == "4 5 6");
}

TEST_CASE("what another one dropped is not counted any more, so that a new event stays") {
  const test::TemporaryDirectory directory;
  const auto size = static_cast<std::int64_t>(text_body("1").size());
  const InboxOptions few{.file = directory.path() / "state" / "inbox.db", .max_bytes = 3 * size};
  InboxFixture one(few);
  for (const char* id : {"1", "2", "3"}) one.keep(id, text_body(id));
  InboxFixture other(few);
  one.clock.advance(std::chrono::hours{24 * 30 + 1});
  one.keep("4", text_body("4"));
  other.keep("5", text_body("5"));
  CHECK(other.ids() == "4 5");
  other.keep("6", text_body("6") + std::string(static_cast<std::size_t>(2 * size), ' '));
  CHECK(other.ids() == "6");
}

}  // namespace apmcp::inbox

TEST_SUITE_END();

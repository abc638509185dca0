#include "transport/message_stream.h"

#include <doctest/doctest.h>

#include "transport/event_store.h"

using apmcp::jsonrpc::Outgoing;
using apmcp::transport::EventStore;
using apmcp::transport::MessageStream;
using Shape = MessageStream::Shape;

namespace {

Outgoing notification(std::string text) {
  return {.text = std::move(text), .kind = Outgoing::Kind::kNotification};
}

void answer(MessageStream& stream, std::string text = "{}") {
  stream.send({.text = std::move(text), .kind = Outgoing::Kind::kResponse});
  stream.request_over();
}

EventStore::Attached attached(EventStore::Outcome outcome) {
  REQUIRE(std::holds_alternative<EventStore::Attached>(outcome));
  return std::get<EventStore::Attached>(std::move(outcome));
}

EventStore::Refusal refusal(const EventStore::Outcome& outcome) {
  REQUIRE(std::holds_alternative<EventStore::Refusal>(outcome));
  return std::get<EventStore::Refusal>(outcome);
}

std::string read(const EventStore::Attached& at) {
  return at.stream->take_events(at.reader.get()).bytes;
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a stream that is closed before its answer is taken has an answer or none, never half of one") {
    MessageStream unread({.requests = 1});
    answer(unread);
    unread.close();
    CHECK(unread.take_answer(nullptr, false).shape == Shape::kClosed);

    MessageStream read({.requests = 1});
    const auto reader = read.attach();
    answer(read, R"({"id":1})");
    read.close();
    CHECK_MESSAGE(reader->wake.is_signalled(), "a complete answer is still delivered");
    const auto taken = read.take_answer(reader.get(), false);
    CHECK(taken.shape == Shape::kJson);
    CHECK(taken.body == R"({"id":1})");
    CHECK_MESSAGE(read.take_answer(reader.get(), false).shape == Shape::kClosed, "an answer is taken once");

    MessageStream batch({.requests = 2});
    const auto place = batch.attach();
    answer(batch);
    batch.close();
    CHECK(batch.take_answer(place.get(), true).shape == Shape::kClosed);
  }

  TEST_CASE("a stream that is closed while its request runs is cut, whatever the request does later") {
    for (const bool takes_json : {true, false}) {
      MessageStream stream({.key = "p1", .takes_json = takes_json, .requests = 1});
      const auto reader = stream.attach();
      stream.send(notification("{1}"));
      CHECK(stream.take_answer(reader.get(), false).shape == Shape::kEvents);
      CHECK_FALSE(stream.take_events(reader.get()).is_last);
      stream.close();
      answer(stream);
      const auto chunk = stream.take_events(reader.get());
      CHECK(chunk.bytes.empty());
      CHECK(chunk.is_broken);
      CHECK(stream.take_answer(reader.get(), false).shape == Shape::kClosed);
      CHECK_FALSE(stream.attach_behind(0));
      CHECK_FALSE(stream.attach_if_free());
    }
  }

  TEST_CASE("an answer belongs to the connection that reads it") {
    MessageStream stream({.key = "p1", .requests = 1});
    const auto first = stream.attach();
    const auto second = stream.attach();
    CHECK_MESSAGE(first->wake.is_signalled(), "it need not wait for what another reads");
    CHECK(stream.take_answer(first.get(), false).shape == Shape::kReplaced);
    answer(stream);
    CHECK(stream.take_answer(first.get(), false).shape == Shape::kReplaced);
    CHECK(stream.take_answer(second.get(), false).shape == Shape::kJson);
    CHECK_MESSAGE(!stream.attach_behind(0), "a body that was handed over is not replayed as an event");
  }

  TEST_CASE("an answer that no client can come back to is not kept") {
    const auto store = std::make_shared<EventStore>();
    for (int i = 0; i < 1000; ++i) {
      const auto one = attached(store->open({.requests = 1}));
      answer(*one.stream);
      CHECK(one.stream->take_answer(one.reader.get(), false).shape == Shape::kJson);
      one.stream->detach(one.reader.get());
    }
    CHECK_FALSE(store->is_busy());
    CHECK(refusal(store->resume("p1000-0")) == EventStore::Refusal::kUnknownEvent);
  }

  TEST_CASE("a session has several GET streams, and each message goes to one of them") {
    const auto store = std::make_shared<EventStore>();
    store->send(notification("{0}"));
    const auto one = attached(store->listen());
    CHECK_MESSAGE(read(one) == "id: g1-1\nevent: message\ndata: {0}\n\n", "it waited for the first GET");
    const auto two = attached(store->listen());
    store->send(notification("{1}"));
    CHECK_MESSAGE(read(two) == "id: g2-1\nevent: message\ndata: {1}\n\n", "the one that was joined last");
    CHECK(read(one).empty());
    two.stream->detach(two.reader.get());
    store->send(notification("{2}"));
    CHECK(read(one) == "id: g1-2\nevent: message\ndata: {2}\n\n");

    const auto back = attached(store->resume("g1-1"));
    CHECK_MESSAGE(one.stream->take_events(one.reader.get()).is_broken, "who comes back takes the place");
    CHECK(read(back) == "id: g1-2\nevent: message\ndata: {2}\n\n");
    const auto other = attached(store->resume("g2-0"));
    CHECK_MESSAGE(read(other) == "id: g2-1\nevent: message\ndata: {1}\n\n", "only its own stream is replayed");
    other.stream->detach(other.reader.get());
    back.stream->detach(back.reader.get());
    store->send(notification("{3}"));
    const auto next = attached(store->listen());
    CHECK_MESSAGE(read(next) == "id: g2-2\nevent: message\ndata: {3}\n\n", "a stream without a reader is taken first");
    for (const char* id : {"g3-0", "g1-9", "g-0", "g", "g1", "-1", "x1-0"}) {
      CHECK_MESSAGE(refusal(store->resume(id)) == EventStore::Refusal::kUnknownEvent, id);
    }
  }

  TEST_CASE("GET streams of one session are bounded, and none is given after the end") {
    const auto store = std::make_shared<EventStore>();
    std::vector<EventStore::Attached> open;
    for (int i = 0; i < 8; ++i) open.push_back(attached(store->listen()));
    CHECK(refusal(store->listen()) == EventStore::Refusal::kTooMany);
    store->close();
    for (const auto& one : open) {
      const auto chunk = one.stream->take_events(one.reader.get());
      CHECK(chunk.is_last);
      CHECK_FALSE(chunk.is_broken);
      one.stream->detach(one.reader.get());
    }
    CHECK(refusal(store->listen()) == EventStore::Refusal::kClosed);
    CHECK(refusal(store->resume("g1-0")) == EventStore::Refusal::kClosed);
    CHECK(refusal(store->open({.requests = 1})) == EventStore::Refusal::kClosed);
  }
}

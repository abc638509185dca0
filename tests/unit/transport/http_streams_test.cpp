#include <doctest/doctest.h>

#include "unit/transport/http_fixture.h"

using namespace apmcp::test;  // NOLINT(google-build-using-namespace): the vocabulary of these stories
using apmcp::jsonrpc::Outgoing;
using apmcp::transport::EventStore;
using apmcp::transport::MessageStream;

namespace {

Outgoing note(std::string text) {
  return {.text = std::move(text), .kind = Outgoing::Kind::kNotification};
}

Outgoing response(std::string text) {
  return {.text = std::move(text), .kind = Outgoing::Kind::kResponse};
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a stream of 2025-11-25 starts with an id to come back with, an older one does not") {
    HttpFixture f;
    const auto primed = f.send(in_session(f.open_session(), call(1, "tell"))).body;
    CHECK(primed.starts_with("id: p1-0\nretry: 1000\ndata:\n\nid: p1-1\nevent: message\ndata: {"));
    const auto older = f.send(in_session(f.open_session("2025-06-18"), call(1, "tell"))).body;
    CHECK(older.starts_with("id: p1-1\nevent: message\ndata: {"));
  }

  TEST_CASE("a client that leaves cancels nothing, and comes back for the rest") {
    HttpFixture f;
    const std::string session = f.open_session();
    {
      Exchange broken(f.server, in_session(session, call(1, "hold")));
      broken.peer.wait_for("id: p1-1");
      broken.peer.leave();
      CHECK_FALSE(broken.ended());
    }
    Exchange early(f.server, listen(session, "p1-1"));
    CHECK(early.reply().status == 200);
    f.open_gate();
    const std::string rest = early.peer.wait_for("let go");
    CHECK(rest.starts_with("id: p1-2\n"));
    CHECK(early.ended());
    const auto again = f.send(listen(session, "p1-0")).body;
    CHECK_MESSAGE(again.find("holding") == std::string::npos, "what was confirmed is gone");
    CHECK(again.find("let go") != std::string::npos);
  }

  TEST_CASE("only the stream of the event is replayed, and unknown events are refused") {
    HttpFixture f;
    const std::string session = f.open_session();
    f.send(in_session(session, call(1, "tell")));
    f.send(in_session(session, call(2, "tell")));
    const auto first = f.send(listen(session, "p1-1")).body;
    CHECK(first.find("p2-") == std::string::npos);
    CHECK(first.find("\"id\":1") != std::string::npos);
    for (const char* id : {"p1-9", "p3-0", "x", "-1", "p1-", "p1-x", "g1-5", "g2-0", "q1-0"}) {
      CHECK_MESSAGE(f.send(listen(session, id)).status == 400, id);
    }
    CHECK(f.send(listen(f.open_session(), "p1-1")).status == 400);
  }

  TEST_CASE("a handler can let its connection go, and the client polls for the answer") {
    HttpFixture f;
    const std::string session = f.open_session();
    Exchange polled(f.server, in_session(session, call(1, "poll")));
    CHECK(polled.reply().content_type == "text/event-stream");
    CHECK_MESSAGE(polled.ended(), "the answer to the POST is complete, the stream is not");
    const std::string start = polled.peer.wait_for("");
    CHECK(start.starts_with("id: p1-0\nretry: 500\ndata:\n\n"));
    CHECK(start.find("let go") == std::string::npos);
    f.open_gate();
    Exchange resumed(f.server, listen(session, "p1-0"));
    resumed.peer.wait_for("let go");
    CHECK(resumed.ended());
  }

  TEST_CASE("where clients cannot come back a connection is not let go") {
    HttpFixture f;
    Exchange older(f.server, in_session(f.open_session("2025-06-18"), call(1, "poll")));
    older.peer.wait_for("holding");
    f.open_gate();
    older.peer.wait_for("let go");
  }

  TEST_CASE("several GETs listen at a time, and coming back takes the place of one") {
    HttpFixture f;
    const std::string session = f.open_session();
    auto wrong = listen(session);
    wrong.headers = {{"host", "localhost"}, {"mcp-session-id", session}};
    CHECK(f.send(wrong).status == 406);
    Exchange one(f.server, listen(session));
    CHECK(one.reply().content_type == "text/event-stream");
    Exchange two(f.server, listen(session));
    CHECK(two.reply().content_type == "text/event-stream");
    Exchange back(f.server, listen(session, "g1-0"));
    CHECK(back.reply().status == 200);
    CHECK_FALSE(one.ended());
    CHECK(f.send(delete_session(session)).status == 200);
    CHECK(two.ended());
    CHECK(back.ended());
  }

  TEST_CASE("who comes back when nothing will follow is told so, and not given an empty stream for ever") {
    HttpFixture f;
    const std::string session = f.open_session();
    Exchange waiting(f.server, in_session(session, call(7, "wait")));
    f.waiting.wait();
    f.send(in_session(session, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})"));
    f.cancelled.wait();
    waiting.reply();
    waiting.ended();
    CHECK(f.send(listen(session, "p1-0")).status == 400);
    const auto told = f.send(in_session(session, call(8, "tell"))).body;
    REQUIRE(told.find("id: p2-3\n") != std::string::npos);
    CHECK(f.send(listen(session, "p2-3")).status == 400);
    CHECK(f.send(listen(session, "p2-2")).status == 200);
  }

  TEST_CASE("coming back is one step: what is sent meanwhile comes once, and only the last reader reads") {
    MessageStream stream({.key = "p1", .requests = 1});
    auto gone = stream.attach();
    stream.send(note("{1}"));
    stream.send(note("{2}"));
    CHECK_FALSE(stream.attach_if_free());
    CHECK_FALSE(stream.attach_behind(3));
    CHECK_MESSAGE(!stream.take_events(gone.get()).is_broken, "who could not be given a place took none");
    auto back = stream.attach_behind(1);
    REQUIRE(back);
    CHECK(stream.take_events(gone.get()).is_broken);
    CHECK(stream.take_events(back.get()).bytes == "id: p1-2\nevent: message\ndata: {2}\n\n");
    stream.detach(back.get());
    CHECK(stream.attach_if_free());
  }

  TEST_CASE("what was not read waits for the next reader") {
    MessageStream stream({.key = "g"});
    stream.send(note("{1}"));
    auto reader = stream.attach();
    CHECK(stream.take_events(reader.get()).bytes == "id: g-1\nevent: message\ndata: {1}\n\n");
    stream.detach(reader.get());
    stream.send(note("{2}"));
    auto next = stream.attach();
    CHECK(stream.take_events(next.get()).bytes == "id: g-2\nevent: message\ndata: {2}\n\n");
    CHECK(stream.take_events(reader.get()).is_broken);
  }

  TEST_CASE("a reader that is too slow is cut, and what it can come back for is bounded") {
    MessageStream kept({.key = "p1", .requests = 1, .max_bytes = 100});
    auto reader = kept.attach();
    for (int i = 0; i < 10; ++i) kept.send(note(std::string(40, 'x')));
    CHECK(kept.take_events(reader.get()).is_broken);
    kept.send(response("{}"));
    kept.request_over();
    REQUIRE(kept.bytes_at_rest());
    CHECK(*kept.bytes_at_rest() <= 100);
    auto next = kept.attach_behind(0);
    REQUIRE(next);
    const auto rest = kept.take_events(next.get());
    CHECK(rest.bytes.ends_with("id: p1-11\nevent: message\ndata: {}\n\n"));
    CHECK(rest.is_last);

    MessageStream once({.requests = 1, .max_bytes = 100});
    reader = once.attach();
    for (int i = 0; i < 3; ++i) once.send(note(std::string(40, 'x')));
    CHECK(once.take_events(reader.get()).is_broken);

    MessageStream session({.max_bytes = 100});  // of HTTP+SSE: it never ends by itself
    reader = session.attach();
    for (int i = 0; i < 3; ++i) session.send(note(std::string(40, 'x')));
    CHECK(session.take_events(reader.get()).is_broken);
  }

  TEST_CASE("a single message larger than the bound passes") {
    MessageStream stream({.requests = 1, .max_bytes = 10});
    stream.send(response(std::string(1000, 'x')));
    stream.request_over();
    const auto answer = stream.take_answer(nullptr, false);
    CHECK(answer.shape == MessageStream::Shape::kJson);
    CHECK(answer.body.size() == 1000);
  }

  TEST_CASE("a request that was cancelled ends its stream without an answer") {
    MessageStream stream({.requests = 1});
    auto reader = stream.attach();
    CHECK(stream.take_answer(reader.get(), false).shape == MessageStream::Shape::kUndecided);
    stream.request_over();
    CHECK(stream.take_answer(reader.get(), false).shape == MessageStream::Shape::kEvents);
    const auto chunk = stream.take_events(reader.get());
    CHECK(chunk.bytes.empty());
    CHECK(chunk.is_last);
  }

  TEST_CASE("the newest answers are kept for clients that come back, up to a number") {
    const auto store = std::make_shared<EventStore>();
    const auto open = [&] { return std::get<EventStore::Attached>(store->open({.requests = 1})); };
    std::vector<EventStore::Attached> running;
    for (int i = 0; i < 40; ++i) running.push_back(open());
    for (const auto& [stream, reader] : running) {
      stream->send(note("{}"));
      stream->send(response("{}"));
      stream->detach(reader.get());
      stream->request_over();
    }
    CHECK_FALSE(store->is_busy());
    CHECK(std::holds_alternative<EventStore::Refusal>(store->resume("p8-1")));
    for (const char* id : {"p9-1", "p40-1"}) {
      const auto back = std::get<EventStore::Attached>(store->resume(id));
      CHECK(store->is_busy());
      back.stream->detach(back.reader.get());
    }
    for (int i = 0; i < 128; ++i) running.push_back(open());
    CHECK(store->is_busy());
    CHECK(std::get<EventStore::Refusal>(store->open({.requests = 1})) == EventStore::Refusal::kTooMany);
  }

  TEST_CASE("answers that are not read are kept up to a size, the newest in any case") {
    const auto store = std::make_shared<EventStore>();
    const auto answer = [&](std::size_t size) {
      auto at = std::get<EventStore::Attached>(store->open({.requests = 1}));
      at.stream->send(response(std::string(size, 'x')));
      return at;
    };
    const auto kept = [&](const char* id) {
      auto found = store->resume(id);
      const auto* at = std::get_if<EventStore::Attached>(&found);
      if (at != nullptr) at->stream->detach(at->reader.get());
      return at != nullptr;
    };
    const auto leave = [&](std::size_t size) {
      const auto [stream, reader] = answer(size);
      stream->detach(reader.get());
      stream->request_over();
    };
    const auto first = answer(700'000);
    first.stream->request_over();
    leave(700'000);
    CHECK_MESSAGE(kept("p2-0"), "the first is being read");
    first.stream->detach(first.reader.get());
    CHECK_FALSE(kept("p1-0"));
    CHECK(kept("p2-0"));
    leave(2'000'000);
    CHECK_FALSE(kept("p2-0"));
    CHECK(kept("p3-0"));
  }

  TEST_CASE("a batch whose answers grow large leaves as a stream, so that none is lost") {
    MessageStream stream({.key = "p1", .requests = 3, .max_bytes = 400});
    auto reader = stream.attach();
    stream.send(response(std::string(80, '1')));
    stream.request_over();
    CHECK(stream.take_answer(reader.get(), true).shape == MessageStream::Shape::kUndecided);
    stream.send(response(std::string(80, '2')));
    stream.request_over();
    CHECK(stream.take_answer(reader.get(), true).shape == MessageStream::Shape::kEvents);
    CHECK_MESSAGE(reader->wake.is_signalled(), "what is there is read at once");
    stream.send(response("{}"));
    stream.request_over();
    const auto chunk = stream.take_events(reader.get());
    for (const char* part : {"data: 11", "data: 22", "data: {}"}) CHECK(chunk.bytes.find(part) != std::string::npos);
    CHECK(chunk.is_last);
  }

  TEST_CASE("a batch too large for a client that takes no stream is refused as a whole") {
    HttpFixture f;
    const auto batch = [](std::size_t size) {
      std::string calls;
      for (int id = 0; id < 10; ++id) {
        calls += (id == 0 ? "[" : ",") + call(id, "echo", R"({"text":")" + std::string(size, 'x') + R"("})");
      }
      return calls + "]";
    };
    const std::string session = f.open_session("2025-03-26");
    // About 3 MB of answers: a stream that keeps all of them, however slowly it is read.
    const auto streamed = f.send(in_session(session, batch(90'000)));
    for (int id = 0; id < 10; ++id) {
      CHECK(streamed.body.find(R"("id":)" + std::to_string(id) + ',') != std::string::npos);
    }
    auto request = in_session(session, batch(300'000));
    for (auto& [name, value] : request.headers) {
      if (name == "accept") value = "application/json";
    }
    const auto refused = f.send(request);
    CHECK(refused.status == 503);
    CHECK(body(refused)["error"]["message"].get<std::string>().find("text/event-stream") != std::string::npos);
  }
}

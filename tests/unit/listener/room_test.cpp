#include <algorithm>
#include <chrono>
#include <latch>
#include <list>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "platform/wake_event.h"
#include "unit/listener/listener_fixture.h"

// Clients that take room without using it: silent ones and slow readers. And those that only look like it.
namespace apmcp::listener {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

/// Connections that have sent `bytes` and nothing more.
std::list<RawClient> silent(int port, int count, std::string_view bytes = "") {
  std::list<RawClient> clients;
  for (int i = 0; i < count; ++i) clients.emplace_back(port).send(bytes);
  return clients;
}

TEST_SUITE("unit") {
  TEST_CASE("a client that has shut down its sending side gets its answer") {
    platform::WakeEvent never;
    std::latch half_closed(1);
    const auto listener = listening([&](const HttpRequest& request, Peer& peer) {
      if (request.path == "/first") half_closed.wait();
      const bool is_there = peer.wait(never, milliseconds{50}) == Peer::Event::kTimeout;
      HttpResponse answer{.body = is_there ? "there" : "gone"};
      if (request.path == "/stream") {
        answer.stream = [&never](Peer& reader) {
          const bool is_written = reader.write("one ") && reader.wait(never, milliseconds{50}) == Peer::Event::kTimeout;
          return is_written && reader.write("two");
        };
      }
      return answer;
    });
    RawClient client(listener->port());
    client.send(get("/first") + post("ahead") + get("/stream"));
    client.stop_sending();
    half_closed.count_down();
    CHECK(client.read_answer().body == "there");
    CHECK(client.read_answer().body == "there");
    CHECK(client.read_answer().body == "one two");
    CHECK(client.read_to_end().empty());
  }

  TEST_CASE("a stream whose client shuts down its sending side later goes on, chunked and not") {
    for (const char* version : {"HTTP/1.1", "HTTP/1.0"}) {
      CAPTURE(version);
      platform::WakeEvent never;
      std::latch half_closed(1);
      const auto listener = listening([&](const HttpRequest&, Peer&) {
        HttpResponse answer;
        answer.stream = [&](Peer& reader) {
          half_closed.wait();
          return reader.wait(never, milliseconds{50}) == Peer::Event::kTimeout && reader.write("on");
        };
        return answer;
      });
      RawClient client(listener->port());
      client.send("GET / " + std::string(version) + "\r\nHost: localhost\r\n\r\n");
      client.stop_sending();
      half_closed.count_down();
      CHECK(client.read_answer().body == "on");
    }
  }

  TEST_CASE("a half-closed client that goes later is noticed by what is written to it") {
    platform::WakeEvent never;
    std::latch gone(1);
    std::latch noticed(1);
    const auto listener = listening([&](const HttpRequest&, Peer&) {
      HttpResponse answer;
      answer.stream = [&](Peer& reader) {
        gone.wait();
        reader.write("is anybody there?");
        if (reader.wait(never, kPatience) == Peer::Event::kGone) noticed.count_down();
        return false;
      };
      return answer;
    });
    RawClient client(listener->port());
    client.send(get());
    client.stop_sending();
    CHECK(client.read_to("\r\n\r\n").starts_with("HTTP/1.1 200"));
    client.close();
    gone.count_down();
    CHECK(listener->wait_closed(kPatience));
    CHECK(noticed.try_wait());
  }

  TEST_CASE("connections that send nothing, or half a request, make room for those that do") {
    for (const char* bytes :
         {"", "GET / HTTP/1.1\r\nHost: l", "POST /open HTTP/1.1\r\nHost: l\r\nContent-Length: 9\r\n\r\nx"}) {
      CAPTURE(bytes);
      std::latch working(4);
      std::latch go_on(1);
      const auto listener = listening(
          [&](const HttpRequest& request, Peer& peer) {
            if (request.path == "/work") {
              working.count_down();
              go_on.wait();
            }
            return echo(request, peer);
          },
          {.max_connections = 32, .apart = {.path = "/open", .max_body = 100, .max_bodies = 100'000}});
      std::list<RawClient> workers = silent(listener->port(), 4, get("/work"));
      working.wait();
      std::list<RawClient> before = silent(listener->port(), 100, bytes);
      for (int i = 0; i < 10; ++i) {
        RawClient client(listener->port());
        client.send(post("in"));
        CHECK(client.read_answer().body == "POST /  in");
      }
      CHECK_MESSAGE(before.front().read_to_end().empty(), "the oldest goes first");
      CHECK(before.back().is_silent_for(milliseconds{0}));
      go_on.count_down();
      for (RawClient& worker : workers) CHECK(worker.read_answer().body == "GET /work  ");
    }
  }

  TEST_CASE("a kept connection that has been idle makes room when nothing else can") {
    const auto listener = listening(echo, {.max_connections = 4, .spare_limit = milliseconds{0}});
    std::list<RawClient> kept = silent(listener->port(), 4, get());
    for (RawClient& client : kept) CHECK(client.read_answer().status == 200);
    RawClient next(listener->port());
    next.send(get());
    CHECK(next.read_answer().status == 200);
    CHECK(std::count_if(kept.begin(), kept.end(),
                        [](RawClient& client) { return !client.is_silent_for(milliseconds{0}); }) == 1);
  }

  TEST_CASE("a slow reader that makes progress gets its whole answer") {
    const std::string body(std::size_t{8} << 20, 'x');  // more than the kernel takes
    const auto listener = listening([&](const HttpRequest&, Peer&) { return HttpResponse{.body = body}; },
                                    {.stall_limit = milliseconds{800}});
    RawClient client(listener->port(), 16384);
    client.send(get());
    const auto until = SteadyClock::now() + milliseconds{1600};
    while (SteadyClock::now() < until) {
      REQUIRE(client.read_more());
      std::this_thread::sleep_for(milliseconds{20});  // the reader is slow: that is its part
    }
    CHECK(client.read_answer().body.size() == body.size());
  }

  TEST_CASE("answers that wait for their readers share one budget, and who takes nothing goes first") {
    const std::string body(std::size_t{4} << 20, 'x');
    const auto listener = listening([&](const HttpRequest&, Peer&) { return HttpResponse{.body = body}; },
                                    {.max_unsent = std::size_t{12} << 20, .stall_limit = std::chrono::minutes{1}});
    std::list<RawClient> readers;
    for (int i = 0; i < 12; ++i) {
      RawClient& reader = readers.emplace_back(listener->port(), 4096);
      reader.send(get());
      CHECK(reader.read_to("\r\n\r\n").starts_with("HTTP/1.1 200"));
    }
    const std::string cut = readers.front().read_to_end();
    CHECK(cut.size() < body.size());
    CHECK_FALSE(cut.ends_with("(open)"));
    RawClient living(listener->port());
    living.send(get());
    CHECK(living.read_answer().body.size() == body.size());
    // Far more than the receive buffer: the last one has not been cut.
    for (int i = 0; i < 64; ++i) REQUIRE(readers.back().read_more());
  }
}

}  // namespace
}  // namespace apmcp::listener

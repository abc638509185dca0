#include <atomic>
#include <future>
#include <latch>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "listener/listening_socket.h"
#include "platform/wake_event.h"
#include "unit/listener/listener_fixture.h"

namespace apmcp::listener {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

/// Answers with a stream that runs `stream`.
HttpHandler streaming(std::function<bool(Peer&)> stream) {
  return [stream = std::move(stream)](const HttpRequest&, Peer&) {
    return HttpResponse{
        .headers = {{"Cache-Control", "no-store"}}, .content_type = "text/event-stream", .stream = stream};
  };
}

TEST_SUITE("unit") {
  TEST_CASE("an accepted connection notices by itself that its peer has vanished") {
    const auto socket = listen_on("127.0.0.1", 0);
    REQUIRE(socket.ok());
    const RawClient client(socket->port);
    const auto fd = accept_connection(socket->fd.get());
    REQUIRE(fd.is_open());
    const auto option = [&](int level, int name) {
      int value = 0;
      socklen_t size = sizeof value;
      CHECK(::getsockopt(fd.get(), level, name, &value, &size) == 0);
      return value;
    };
    CHECK(option(SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK(option(IPPROTO_TCP, TCP_KEEPINTVL) * option(IPPROTO_TCP, TCP_KEEPCNT) <= 30);
#ifdef TCP_USER_TIMEOUT
    CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) <= 30);
    CHECK(option(IPPROTO_TCP, TCP_USER_TIMEOUT) == 30'000);
#endif
  }

  TEST_CASE("a stream leaves piece by piece, and its connection serves the next request") {
    platform::WakeEvent go_on;
    const auto listener = listening(streaming([&](Peer& peer) {
      const bool first = peer.write("data: 1\n\n");
      const bool woken = peer.wait(go_on, kPatience) == Peer::Event::kWoken;
      return first && woken && peer.write("") && peer.write("data: 2\n\n");
    }));
    RawClient client(listener->port());
    client.send(get());
    const std::string head = client.read_to("\r\n\r\n");
    CHECK(head.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(head.find("Content-Type: text/event-stream\r\n") != std::string::npos);
    CHECK(head.find("Cache-Control: no-store\r\n") != std::string::npos);
    CHECK(head.find("Content-Length") == std::string::npos);
    CHECK(client.read_to("data: 1\n\n\r\n") == "9\r\ndata: 1\n\n\r\n");
    go_on.signal();
    CHECK(client.read_to("0\r\n\r\n") == "9\r\ndata: 2\n\n\r\n0\r\n\r\n");
    client.send(get());
    CHECK(client.read_answer().body == "data: 1\n\ndata: 2\n\n");
  }

  TEST_CASE("the head of a stream leaves before its first piece") {
    platform::WakeEvent never;
    const auto listener = listening(streaming([&](Peer& peer) {
      peer.wait(never, kPatience);
      return true;
    }));
    RawClient client(listener->port());
    client.send(get());
    CHECK(client.read_to("\r\n\r\n").ends_with("\r\n\r\n"));
    client.close();
  }

  TEST_CASE("a stream that fails ends without its last chunk") {
    const auto listener = listening(streaming([](Peer& peer) { return peer.write("half") && false; }));
    RawClient client(listener->port());
    client.send(get());
    CHECK(client.read_to("\r\n\r\n").starts_with("HTTP/1.1 200"));
    CHECK(client.read_to_end() == "4\r\nhalf\r\n");
  }

  TEST_CASE("a stream to HTTP/1.0 ends with the connection") {
    const auto listener = listening(streaming([](Peer& peer) { return peer.write("a") && peer.write("b"); }));
    RawClient client(listener->port());
    client.send("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
    const std::string head = client.read_to("\r\n\r\n");
    CHECK(head.find("Transfer-Encoding") == std::string::npos);
    CHECK(head.find("Connection: close") != std::string::npos);
    CHECK(client.read_to_end() == "ab");
  }

  TEST_CASE("a peer that goes is noticed within 300 ms, in a handler and in a stream") {
    platform::WakeEvent never;
    std::promise<SteadyClock::time_point> noticed;
    const auto watch = [&](Peer& peer) {
      if (peer.wait(never, kPatience) == Peer::Event::kGone) noticed.set_value(SteadyClock::now());
    };
    for (const bool in_stream : {false, true}) {
      CAPTURE(in_stream);
      noticed = {};
      auto gone = noticed.get_future();
      std::latch waiting(1);
      const auto listener = listening([&](const HttpRequest&, Peer& peer) {
        HttpResponse answer;
        if (in_stream) {
          answer.stream = [&](Peer& stream_peer) {
            waiting.count_down();
            watch(stream_peer);
            return true;
          };
        } else {
          waiting.count_down();
          watch(peer);
        }
        return answer;
      });
      RawClient client(listener->port());
      client.send(get());
      waiting.wait();
      const auto left = SteadyClock::now();
      client.close();
      REQUIRE(gone.wait_for(kPatience) == std::future_status::ready);
      CHECK(gone.get() - left < milliseconds{300});
    }
  }

  TEST_CASE("bytes sent ahead neither end a wait nor get lost") {
    platform::WakeEvent never;
    std::atomic<Peer::Event> seen{};
    const auto listener = listening([&](const HttpRequest& request, Peer& peer) {
      if (request.path == "/wait") seen = peer.wait(never, milliseconds{100});
      return echo(request, peer);
    });
    RawClient client(listener->port());
    client.send(get("/wait") + post("ahead"));
    CHECK(client.read_answer().body == "GET /wait  ");
    CHECK(seen == Peer::Event::kTimeout);
    CHECK(client.read_answer().body == "POST /  ahead");
  }

  TEST_CASE("a wait reports what it was asked for first, and again") {
    platform::WakeEvent wake;
    std::vector<Peer::Event> seen;
    std::latch waiting(1);
    std::latch all_hold(1);
    auto listener = listening([&](const HttpRequest&, Peer& peer) {
      waiting.count_down();
      all_hold.wait();
      const platform::WakeEvent never;
      const milliseconds patience = kPatience;
      seen = {peer.wait(wake, patience), peer.wait(wake, patience)};
      wake.clear();
      seen.insert(seen.end(), {peer.wait(wake, patience), peer.wait(never, milliseconds{0})});
      CHECK_FALSE(peer.write("not in a stream"));
      return HttpResponse{};
    });
    RawClient client(listener->port());
    client.send(get());
    waiting.wait();
    wake.signal();
    client.abort();
    listener->stop();
    all_hold.count_down();
    REQUIRE(listener->wait_closed(kPatience));
    using Event = Peer::Event;
    CHECK(seen == std::vector{Event::kWoken, Event::kWoken, Event::kGone, Event::kGone});
  }

  TEST_CASE("a reader that takes nothing is cut after five seconds, and holds up nobody") {
    std::promise<SteadyClock::duration> cut;
    const auto listener = listening([&](const HttpRequest& request, Peer& peer) {
      if (request.path != "/stream") return echo(request, peer);
      HttpResponse answer;
      answer.stream = [&](Peer& reader) {
        const std::string piece(std::size_t{1} << 20, 'x');
        auto start = SteadyClock::now();
        while (reader.write(piece)) start = SteadyClock::now();
        cut.set_value(SteadyClock::now() - start);
        return false;
      };
      return answer;
    });
    RawClient slow(listener->port(), 4096);
    slow.send(get("/stream"));
    RawClient other(listener->port());
    other.send(get());
    CHECK(other.read_answer().status == 200);
    auto took = cut.get_future();
    REQUIRE(took.wait_for(milliseconds{8000}) == std::future_status::ready);
    const auto limit = took.get();
    CHECK(limit >= milliseconds{4900});
    CHECK(limit < milliseconds{6000});
  }
}

}  // namespace
}  // namespace apmcp::listener

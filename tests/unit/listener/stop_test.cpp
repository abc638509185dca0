#include <future>
#include <latch>
#include <list>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "platform/wake_event.h"
#include "unit/listener/listener_fixture.h"

namespace apmcp::listener {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

/// No more descriptors for this process than it has now.
class DescriptorShortage {
 public:
  DescriptorShortage() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const platform::UniqueFd lowest_free(::dup(2));
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(lowest_free.get());
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }

  ~DescriptorShortage() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  DescriptorShortage(const DescriptorShortage&) = delete;
  DescriptorShortage& operator=(const DescriptorShortage&) = delete;

 private:
  rlimit before_{};
};

TEST_SUITE("unit") {
  TEST_CASE("a stop ends idle connections at once and frees the port") {
    auto listener = listening(echo);
    const int port = listener->port();
    std::list<RawClient> idle;
    for (int i = 0; i < 20; ++i) {
      idle.emplace_back(port).send(get());
      CHECK(idle.back().read_answer().status == 200);
    }
    idle.emplace_back(port);                                     // has not said anything yet
    idle.emplace_back(port).send("POST / HTTP/1.1\r\nHost: l");  // has not finished
    const auto start = SteadyClock::now();
    listener->stop();
    const auto second = listening(echo, {.port = port});
    CHECK(listener->wait_closed(kPatience));
    CHECK(SteadyClock::now() - start < milliseconds{500});
    for (RawClient& client : idle) CHECK(client.read_to_end().empty());
    listener->stop();
    RawClient client(port);
    client.send(get());
    CHECK(client.read_answer().status == 200);
  }

  TEST_CASE("a running handler sees the stop, may finish its answer, and nothing follows it") {
    std::latch waiting(1);
    const auto listener = listening([&](const HttpRequest&, Peer& peer) {
      const platform::WakeEvent never;
      waiting.count_down();
      const bool is_stopping = peer.wait(never, kPatience) == Peer::Event::kStopping &&
                               peer.wait(never, kPatience) == Peer::Event::kStopping;
      return HttpResponse{.body = is_stopping ? "stopping" : "wrong"};
    });
    RawClient client(listener->port());
    client.send(get() + get("/never"));
    waiting.wait();
    CHECK_FALSE(listener->wait_closed(milliseconds{0}));
    listener->stop();
    const Answer answer = client.read_answer();
    CHECK(answer.body == "stopping");
    CHECK(answer.has_line("Connection: close"));
    CHECK(listener->wait_closed(kPatience));
  }

  TEST_CASE("a stream sees the stop and ends in order") {
    std::latch waiting(1);
    const auto listener = listening([&](const HttpRequest&, Peer&) {
      HttpResponse answer;
      answer.stream = [&](Peer& peer) {
        const platform::WakeEvent never;
        waiting.count_down();
        return peer.wait(never, kPatience) == Peer::Event::kStopping && peer.write("bye");
      };
      return answer;
    });
    RawClient client(listener->port());
    client.send(get());
    waiting.wait();
    listener->stop();
    const Answer answer = client.read_answer();
    CHECK(answer.status == 200);
    CHECK(answer.body == "bye");
    CHECK(client.read_to_end().empty());
  }

  TEST_CASE("a handler may stop the listener that runs it") {
    HttpListener* self = nullptr;
    const auto listener = listening([&](const HttpRequest& request, Peer& peer) {
      self->stop();
      return echo(request, peer);
    });
    self = listener.get();
    RawClient client(listener->port());
    client.send(get());
    CHECK(client.read_answer().status == 200);
    CHECK(listener->wait_closed(kPatience));
  }

  TEST_CASE("a slow reader does not hold up the end of the listener") {
    std::promise<void> stalled;
    auto listener = listening([&](const HttpRequest&, Peer&) {
      HttpResponse answer;
      answer.stream = [&](Peer& peer) {
        const std::string piece(std::size_t{64} << 10, 'x');
        stalled.set_value();
        while (peer.write(piece)) {
        }
        return false;
      };
      return answer;
    });
    RawClient slow(listener->port(), 4096);
    slow.send(get());
    stalled.get_future().wait();
    const auto start = SteadyClock::now();
    listener.reset();
    CHECK(SteadyClock::now() - start < milliseconds{2000});
  }

  TEST_CASE("a shortage of descriptors delays connections and loses none") {
    const auto listener = listening(echo);
    RawClient first(listener->port());
    first.send(get());
    CHECK(first.read_answer().status == 200);
    RawClient second;
    {
      const DescriptorShortage shortage;
      second.connect(listener->port());
      second.send(get());
      CHECK(second.is_silent_for(milliseconds{150}));
      first.send(get());
      CHECK(first.read_answer().status == 200);
    }
    CHECK(second.read_answer().status == 200);
  }
}

}  // namespace
}  // namespace apmcp::listener

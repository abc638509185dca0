#include <atomic>
#include <condition_variable>
#include <latch>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "unit/listener/listener_fixture.h"

namespace apmcp::listener {
namespace {

using std::chrono::milliseconds;

TEST_SUITE("unit") {
  TEST_CASE("a connection serves one request after the other") {
    const auto listener = listening(echo);
    RawClient client(listener->port());
    for (int i = 0; i < 3; ++i) {
      client.send(get("/a?b=" + std::to_string(i)));
      const Answer answer = client.read_answer();
      CHECK(answer.status == 200);
      CHECK(answer.body == "GET /a b=" + std::to_string(i) + " ");
      CHECK(answer.has_line("Content-Length: " + std::to_string(answer.body.size())));
      CHECK(answer.has_line("Content-Type: text/plain"));
      CHECK(answer.head.find("Connection:") == std::string::npos);
    }
  }

  TEST_CASE("requests sent ahead are answered in order") {
    const auto listener = listening(echo);
    RawClient client(listener->port());
    client.send(post("one") + get("/two") + post("three") + get("/four", "Connection: close\r\n"));
    CHECK(client.read_answer().body == "POST /  one");
    CHECK(client.read_answer().body == "GET /two  ");
    CHECK(client.read_answer().body == "POST /  three");
    CHECK(client.read_answer().body == "GET /four  ");
    CHECK(client.read_to_end().empty());
  }

  TEST_CASE("a request that comes byte by byte is the same request") {
    const auto listener = listening(echo);
    RawClient client(listener->port());
    client.send_one_by_one(post("body") + post("", "X: y\r\n"));
    CHECK(client.read_answer().body == "POST /  body");
    CHECK(client.read_answer().body == "POST /  ");
  }

  TEST_CASE("a chunked request arrives whole, and the next one after it") {
    const auto listener = listening(echo);
    RawClient client(listener->port());
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nA: "
        "b\r\n\r\n" +
        get());
    CHECK(client.read_answer().body == "POST /  abcde");
    CHECK(client.read_answer().body == "GET /  ");
  }

  TEST_CASE("a body of the largest size passes in both directions") {
    const auto listener = listening(echo);
    RawClient client(listener->port());
    const std::string body(std::size_t{4} << 20, 'x');
    std::jthread sender([&] { client.send(post(body)); });
    const Answer answer = client.read_answer();
    CHECK(answer.status == 200);
    CHECK(answer.body.size() == body.size() + std::string_view("POST /  ").size());
  }

  TEST_CASE("a body that waits for leave gets it, one that is too large does not") {
    const auto listener = listening(echo, {.max_body = 10});
    RawClient client(listener->port());
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.read_to("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    CHECK(client.read_answer().body == "POST /  body");
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.read_answer().status == 413);
  }

  TEST_CASE("HEAD is answered with the fields alone") {
    const auto listener = listening([](const HttpRequest& request, Peer&) {
      HttpResponse answer{.body = "12345"};
      if (request.path == "/stream") answer.stream = [](Peer&) { return false; };
      return answer;
    });
    RawClient client(listener->port());
    client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const Answer answer = client.read_answer("HEAD");
    CHECK(answer.status == 200);
    CHECK(answer.has_line("Content-Length: 5"));
    client.send("HEAD /stream HTTP/1.1\r\nHost: localhost\r\n\r\n" + get());
    CHECK(client.read_answer("HEAD").has_line("Transfer-Encoding: chunked"));
    CHECK(client.read_answer().body == "12345");
    client.send("HEAD / HTTP/1.0\r\n\r\n");
    const std::string last = client.read_to_end();
    CHECK(last.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(last.find("\r\nContent-Length: 5\r\n") != std::string::npos);
    CHECK(last.ends_with("\r\n\r\n"));
  }

  TEST_CASE("an answer that cannot have a body has neither one nor its length") {
    const auto listener = listening([](const HttpRequest& request, Peer&) {
      HttpResponse answer{.status = request.path == "/204" ? 204 : 304, .body = "none"};
      if (request.query == "stream") answer.stream = [](Peer& peer) { return peer.write("none"); };
      return answer;
    });
    RawClient client(listener->port());
    for (const char* target : {"/204", "/304", "/204?stream", "/304?stream"}) {
      CAPTURE(target);
      client.send(get(target));
      const std::string head = client.read_to("\r\n\r\n");
      CHECK(head.starts_with("HTTP/1.1 " + std::string(target).substr(1, 3) + " No"));
      CHECK(head.find("Content-Length") == std::string::npos);
      CHECK(head.find("Transfer-Encoding") == std::string::npos);
      CHECK(head.find("Content-Type") == std::string::npos);
    }
    client.send(get("/204", "Connection: close\r\n"));
    CHECK(client.read_to_end().ends_with("Connection: close\r\n\r\n"));
  }

  TEST_CASE("the handler sees that HTTP/1.0 brought no Host") {
    const auto listener = listening([](const HttpRequest& request, Peer&) {
      return HttpResponse{.body = request.header("host") == nullptr ? "none" : *request.header("host")};
    });
    for (const auto& [fields, seen] : {std::pair{"", "none"}, std::pair{"Host: a.example:1\r\n", "a.example:1"}}) {
      RawClient client(listener->port());
      client.send("GET /healthz HTTP/1.0\r\n" + std::string(fields) + "\r\n");
      const Answer answer = client.read_answer();
      CHECK(answer.status == 200);
      CHECK(answer.body == seen);
      CHECK(client.read_to_end().empty());
    }
  }

  TEST_CASE("answers carry status and fields, an empty one its length, and never a field of their framing") {
    HttpResponse next;
    const auto listener = listening([&](const HttpRequest&, Peer&) { return next; });
    RawClient client(listener->port());
    const auto answer_to_get = [&] {
      client.send(get());
      return client.read_answer();
    };
    next = {.status = 202};
    CHECK(answer_to_get().has_line("Content-Length: 0"));
    next = {.status = 401, .headers = {{"WWW-Authenticate", "Bearer"}, {"X-A", "100%25"}}, .body = "no"};
    const Answer refused = answer_to_get();
    CHECK(refused.status == 401);
    CHECK(refused.has_line("WWW-Authenticate: Bearer"));
    CHECK(refused.has_line("X-A: 100%25"));
    CHECK(refused.has_line("Content-Type: text/plain"));
    CHECK_FALSE(refused.has_line("Connection: close"));
    for (const auto& [name, value] : Headers{{"A", "b\r\nInjected: yes"}, {"A b", ""}, {"content-length", "7"}}) {
      next = {.headers = {{name, value}}, .body = "secret"};
      const Answer answer = answer_to_get();
      CHECK(answer.status == 500);
      CHECK(answer.head.find("Injected") == std::string::npos);
      CHECK(answer.body.find("secret") == std::string::npos);
    }
    next = {.status = 99};
    CHECK(answer_to_get().status == 500);
  }

  TEST_CASE("HTTP/1.0 is answered and closed") {
    const auto listener = listening(echo);
    RawClient client(listener->port());
    client.send("GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    const Answer answer = client.read_answer();
    CHECK(answer.body == "GET /  ");
    CHECK(answer.has_line("Connection: close"));
    CHECK(client.read_to_end().empty());
  }

  TEST_CASE("an idle connection is closed when its time is over") {
    const auto listener = listening(echo, {.idle_limit = milliseconds{50}});
    RawClient client(listener->port());
    client.send(get());
    CHECK(client.read_answer().status == 200);
    CHECK(client.read_to_end().empty());
  }

  TEST_CASE("beyond the cap a connection is told so, and has its place when another goes") {
    const auto listener = listening(echo, {.max_connections = 2});
    std::list<RawClient> held;
    for (int i = 0; i < 2; ++i) {
      held.emplace_back(listener->port()).send(get());
      CHECK(held.back().read_answer().status == 200);
    }
    RawClient third(listener->port());
    const Answer answer = third.read_answer();
    CHECK(answer.status == 503);
    CHECK(answer.has_line("Connection: close"));
    CHECK(answer.body == "There are too many connections now.\n");
    CHECK(third.read_to_end().empty());
    held.clear();
    // wait_closed() is how a place becomes free for certain.
    REQUIRE(listener->wait_closed(kPatience));
    RawClient fourth(listener->port());
    fourth.send(get());
    CHECK(fourth.read_answer().status == 200);
  }

  TEST_CASE("the bodies of all connections together are bounded") {
    std::latch held(1);
    std::latch release(1);
    const auto listener = listening(
        [&](const HttpRequest& request, Peer& /*peer*/) {
          if (request.body.size() == 900) {
            held.count_down();
            release.wait();
          }
          return HttpResponse{.body = std::to_string(request.body.size())};
        },
        {.max_body = 1000, .max_bodies = 1000});
    RawClient large(listener->port());
    large.send(post(std::string(900, 'x')));
    held.wait();
    RawClient second(listener->port());
    second.send(post(std::string(101, 'x')));
    CHECK(second.read_answer("POST").status == 503);
    RawClient third(listener->port());
    third.send(post(std::string(100, 'x')));
    CHECK(third.read_answer("POST").body == "100");
    release.count_down();
    CHECK(large.read_answer("POST").body == "900");
    large.send(post(std::string(1000, 'x')));
    CHECK(large.read_answer("POST").body == "1000");
  }

  TEST_CASE("a request that its head gives away is answered before its body is read, and so takes no room") {
    const auto listener = listening(
        [](const HttpRequest& request, Peer&) { return HttpResponse{.body = std::to_string(request.body.size())}; },
        {.max_body = 1000, .max_bodies = 1000},
        [](const HttpRequest& head) -> std::optional<HttpResponse> {
          if (head.path == "/") return std::nullopt;
          return HttpResponse{.status = 401, .headers = {{"WWW-Authenticate", "Bearer"}}, .body = "who?"};
        });
    std::list<RawClient> strangers;
    for (int i = 0; i < 20; ++i) {
      RawClient& stranger = strangers.emplace_back(listener->port());
      stranger.send("POST /secret HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n" +
                    std::string(900, 'x'));
      const Answer answer = stranger.read_answer("POST");
      CHECK(answer.status == 401);
      CHECK(answer.has_line("WWW-Authenticate: Bearer"));
      CHECK(answer.has_line("Connection: close"));
      CHECK(answer.body == "who?");
    }
    RawClient friendly(listener->port());
    friendly.send(post(std::string(1000, 'x')));
    CHECK(friendly.read_answer("POST").body == "1000");
    RawClient asking(listener->port());
    asking.send(get("/secret"));
    CHECK_MESSAGE(asking.read_answer().body == "0", "without a body the handler decides");
  }

  TEST_CASE("bodies of a path that strangers may post to have limits of their own, and take no room of others") {
    std::latch held(1);
    std::latch release(1);
    const auto listener = listening(
        [&](const HttpRequest& request, Peer& /*peer*/) {
          if (request.body.size() == 90) {
            held.count_down();
            release.wait();
          }
          return HttpResponse{.body = std::to_string(request.body.size())};
        },
        {.max_body = 1000, .max_bodies = 1000, .apart = {.path = "/open", .max_body = 100, .max_bodies = 100}});
    const auto post_open = [](const std::string& body) { return "POST /open" + post(body).substr(6); };
    RawClient stranger(listener->port());
    stranger.send(post_open(std::string(90, 'x')));
    held.wait();
    RawClient next(listener->port());
    next.send(post_open(std::string(11, 'x')));
    CHECK(next.read_answer("POST").status == 503);
    RawClient large(listener->port());
    large.send("POST /open HTTP/1.1\r\nHost: localhost\r\nContent-Length: 101\r\n\r\n");
    CHECK(large.read_answer("POST").status == 413);
    RawClient chunked(listener->port());
    chunked.send("POST /open HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n");
    CHECK(chunked.read_answer("POST").status == 413);
    RawClient caller(listener->port());
    caller.send(post(std::string(1000, 'x')));
    CHECK(caller.read_answer("POST").body == "1000");
    release.count_down();
    CHECK(stranger.read_answer("POST").body == "90");
    stranger.send(post(std::string(1000, 'x')) + post_open(std::string(100, 'x')));
    CHECK(stranger.read_answer("POST").body == "1000");
    CHECK(stranger.read_answer("POST").body == "100");
  }

  TEST_CASE("many connections at once are all served") {
    const auto listener = listening(echo);
    std::list<RawClient> clients;
    for (int i = 0; i < 200; ++i) clients.emplace_back(listener->port()).send(post(std::to_string(i)));
    int i = 0;
    for (RawClient& client : clients) CHECK(client.read_answer().body == "POST /  " + std::to_string(i++));
  }

  TEST_CASE("an address that cannot be had is an error of one line") {
    const auto first = listening(echo);
    for (const ListenerOptions& options : {ListenerOptions{.port = first->port()}, ListenerOptions{.host = "localhost"},
                                           ListenerOptions{.port = 65536}, ListenerOptions{.host = "8.8.8.8"}}) {
      const auto second = start_listener(options, echo, {});
      REQUIRE_FALSE(second.ok());
      CHECK(second.error().code == ErrorCode::kUpstreamDown);
      CHECK(second.error().message.find(options.host) != std::string::npos);
      CHECK(second.error().message.find('\n') == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace apmcp::listener

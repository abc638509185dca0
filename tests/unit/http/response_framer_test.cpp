#include "http/response_framer.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace apmcp::http {
namespace {

constexpr std::uint64_t kMaxBody = 1000;

struct Outcome {
  bool done = false;
  std::string body;
  std::string error;
  std::string rest;
  ResponseHead head;
};

/// Feeds `bytes` in pieces of `step` and then, unless complete, the end of the stream.
Outcome read_all(std::string_view bytes, std::size_t step) {
  using Progress = ResponseFramer::Progress;
  ResponseFramer framer(kMaxBody);
  Outcome outcome;
  std::string_view input;
  for (;;) {
    Progress progress = framer.next(input);
    if (progress == Progress::kBody) outcome.body += framer.body();
    if (progress == Progress::kNeedMore && bytes.empty()) progress = framer.end_of_input();
    if (progress == Progress::kNeedMore) {
      REQUIRE(input.empty());
      input = bytes.substr(0, step);
      bytes.remove_prefix(input.size());
    }
    if (progress != Progress::kDone && progress != Progress::kError) continue;
    outcome.done = progress == Progress::kDone;
    outcome.error = framer.error();
    outcome.rest = std::string(input) + std::string(bytes);
    outcome.head = framer.head();
    return outcome;
  }
}

/// In one piece, byte by byte and in between: the same result each time.
Outcome read_every_way(std::string_view bytes) {
  const Outcome whole = read_all(bytes, bytes.size() + 1);
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    const Outcome split = read_all(bytes, step);
    CHECK(split.done == whole.done);
    if (whole.done) CHECK(split.body == whole.body);
    CHECK(split.error == whole.error);
    if (whole.done) CHECK(split.rest == whole.rest);
  }
  return whole;
}

std::string answer(std::string_view fields, std::string_view body) {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

TEST_SUITE("unit") {
  TEST_CASE("an answer with a length is cut where it ends") {
    const auto got = read_every_way(answer("Content-Type: application/json\r\nContent-Length: 5\r\nRetry-After: 3\r\n",
                                           "hello"
                                           "HTTP/1.1 "));
    CHECK(got.done);
    CHECK(got.body == "hello");
    CHECK(got.rest == "HTTP/1.1 ");
    CHECK(got.head.status == 200);
    CHECK(got.head.content_type == "application/json");
    CHECK(got.head.retry_after == "3");
    CHECK_FALSE(got.head.closes);
  }

  TEST_CASE("a chunked answer is put together, extensions and trailers left out") {
    const auto got = read_every_way(
        answer("Transfer-Encoding: Chunked\r\n", "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Sum: 1\r\n\r\nrest"));
    CHECK(got.done);
    CHECK(got.body == "hello world");
    CHECK(got.rest == "rest");
  }

  TEST_CASE("an answer without a length ends with the stream and ends the connection") {
    const auto got = read_every_way(answer("", "all of it"));
    CHECK(got.done);
    CHECK(got.body == "all of it");
    CHECK(got.head.closes);
  }

  TEST_CASE("204 and 304 have no body whatever their fields say") {
    for (const std::string_view status : {"204", "304"}) {
      const auto got = read_every_way("HTTP/1.1 " + std::string(status) + " -\r\nContent-Length: 9\r\n\r\nnext");
      CHECK(got.done);
      CHECK(got.body.empty());
      CHECK(got.rest == "next");
    }
  }

  TEST_CASE("interim answers are swallowed, up to four") {
    const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    const std::string last = answer("Content-Length: 2\r\n", "ok");
    CHECK(read_every_way(interim + last).body == "ok");
    CHECK(read_every_way(interim + interim + last).done);
    CHECK_FALSE(read_every_way(interim + interim + "HTTP/1.1 100 \r\n\r\n" + last).done);
    CHECK_FALSE(read_every_way("HTTP/1.1 101 Switching Protocols\r\n\r\n" + last).done);
  }

  TEST_CASE("the connection stands or falls as version and Connection field say") {
    CHECK(read_every_way(answer("Content-Length: 0\r\nConnection: keep-alive, Close\r\n", "")).head.closes);
    CHECK(read_every_way("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").head.closes);
    CHECK_FALSE(read_every_way("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n").head.closes);
  }

  TEST_CASE("what could be read in two ways is an error") {
    const std::string malformed[] = {
        "garbage\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 999 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 200 O\x01K\r\n\r\n",
        "\r\n\r\n",
        answer("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"),
        answer("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        answer("Content-Length: +5\r\n", "hello"),
        answer("Content-Length: 5, 5\r\n", "hello"),
        answer("Content-Length: -1\r\n", "hello"),
        answer("Content-Length: 99999999999999999999\r\n", "hello"),
        answer("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
        answer("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        answer("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        answer("Content-Length : 5\r\n", "hello"),
        answer("X: a\r\n b: c\r\n", ""),
        answer("no colon\r\n", ""),
        answer(": empty\r\n", ""),
        answer("X: a\rb\r\n", ""),
        answer(std::string("X: a\0b\r\n", 8), ""),
        answer("X: a\nY: b\r\n", ""),
        answer("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "\x1f\x8b"),
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };
    for (const std::string& bytes : malformed) {
      CAPTURE(bytes);
      const auto got = read_every_way(bytes);
      CHECK_FALSE(got.done);
      CHECK_FALSE(got.error.empty());
    }
  }

  TEST_CASE("broken chunks are an error and never a short success") {
    const std::string broken[] = {
        "5\r\nhelloXX0\r\n\r\n",
        "-2\r\nhello\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "\r\n",
        "5 5\r\nhello",
        "ffffffffffffffffff\r\n",
        "5\r\nhello\r\n",
        "5\r\nhel",
        "5",
        std::string(300, '0'),
        "0\r\nX: 1\r\n",
    };
    for (const std::string& body : broken) {
      CAPTURE(body);
      CHECK_FALSE(read_every_way(answer("Transfer-Encoding: chunked\r\n", body)).done);
    }
    CHECK(read_every_way(answer("Transfer-Encoding: chunked\r\n", "0\r\n\r\n")).done);
    CHECK_FALSE(read_every_way(answer("Content-Length: 5\r\n", "hell")).done);
  }

  TEST_CASE("nothing grows beyond its limit") {
    CHECK_FALSE(read_every_way("HTTP/1.1 200 " + std::string(30'000, 'x') + "\r\n\r\n").done);
    CHECK_FALSE(read_every_way(answer("X: " + std::string(40'000, 'x') + "\r\n", "")).done);
    std::string many;
    for (int i = 0; i < 129; ++i) many += "A: b\r\n";
    CHECK_FALSE(read_every_way(answer(many, "")).done);
    CHECK(read_every_way(answer(many.substr(6), "")).done);

    CHECK(read_every_way(answer("Content-Length: 1000\r\n", std::string(1000, 'x'))).done);
    CHECK_FALSE(read_every_way(answer("Content-Length: 1001\r\n", std::string(1001, 'x'))).done);
    CHECK_FALSE(read_every_way(answer("", std::string(1001, 'x'))).done);
    std::string chunks;
    for (int i = 0; i < 101; ++i) chunks += "a\r\n0123456789\r\n";
    CHECK_FALSE(read_every_way(answer("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n")).done);
  }
}

}  // namespace
}  // namespace apmcp::http

#include "listener/request_head.h"

#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "listener/chunked_body.h"

namespace apmcp::listener {
namespace {

constexpr std::uint64_t kMaxBody = 1000;

/// The status of its refusal, 0 when it is complete, -1 when it asks for more. Fed in pieces of `step` bytes.
int outcome_of(RequestHeadParser& parser, std::string_view text, std::size_t step) {
  while (!text.empty()) {
    std::string_view piece = text.substr(0, step);
    const std::size_t size = piece.size();
    const ParseProgress progress = parser.feed(piece);
    text.remove_prefix(size - piece.size());
    if (progress == ParseProgress::kRefused) return parser.refusal().status;
    if (progress == ParseProgress::kDone) return 0;
  }
  return -1;
}

int status_of(std::string_view text) {
  RequestHeadParser whole(kMaxBody);
  RequestHeadParser bytewise(kMaxBody);
  const int status = outcome_of(whole, text, text.size());
  CHECK(outcome_of(bytewise, text, 1) == status);
  return status;
}

RequestHead head_of(std::string_view text) {
  RequestHeadParser parser(kMaxBody);
  REQUIRE(outcome_of(parser, text, text.size()) == 0);
  return parser.head();
}

std::string with(const std::string& fields, const std::string& line = "POST /mcp HTTP/1.1") {
  return line + "\r\nHost: localhost:1\r\n" + fields + "\r\n";
}

/// What a chunked body decodes to, or "refused 4xx", or "more". The same in any cutting.
std::string decoded(std::string_view text) {
  std::string first;
  for (const std::size_t step : {text.size(), std::size_t{1}, std::size_t{3}}) {
    ChunkedBody chunks(kMaxBody);
    std::string body;
    std::string result = "more";
    std::string_view rest = text;
    while (!rest.empty() && result == "more") {
      std::string_view piece = rest.substr(0, step);
      const std::size_t size = piece.size();
      const ParseProgress progress = chunks.feed(piece, body);
      rest.remove_prefix(size - piece.size());
      if (progress == ParseProgress::kRefused) result = "refused " + std::to_string(chunks.refusal().status);
      if (progress == ParseProgress::kDone) result = "body " + body + " rest " + std::string(rest);
    }
    if (first.empty()) first = result;
    CHECK(result == first);
  }
  return first;
}

TEST_SUITE("unit") {
  TEST_CASE("a head is read as it was sent") {
    const RequestHead head = head_of(
        "POST /a%2Fb/../c?x=1&y=%25 HTTP/1.1\r\nHost: [::1]:8080\r\nORIGIN:\r\nX-Percent: \t a%0d%0ab \r\n"
        "Accept: a\r\nAccept: b\r\nContent-Length: 1000\r\n\r\n");
    CHECK(head.request.method == "POST");
    CHECK(head.request.path == "/a%2Fb/../c");
    CHECK(head.request.query == "x=1&y=%25");
    CHECK(*head.request.header("host") == "[::1]:8080");
    CHECK(head.request.header("origin")->empty());
    CHECK(*head.request.header("x-percent") == "a%0d%0ab");
    CHECK_MESSAGE(*head.request.header("accept") == "a, b", "a list may be spread over several fields");
    CHECK(head.request.headers.size() == 5);
    CHECK(head.request.header("cookie") == nullptr);
    CHECK(head.content_length == 1000);
    CHECK(head.has_body());
    CHECK(head.keeps_alive);
  }

  TEST_CASE("one empty line before a request is not counted, a second is") {
    CHECK(status_of("\r\n" + with("", "GET / HTTP/1.1")) == 0);
    CHECK(status_of("\r\n\r\n" + with("", "GET / HTTP/1.1")) == 400);
  }

  TEST_CASE("the connection is kept as HTTP/1.1 says, and never in HTTP/1.0") {
    CHECK_FALSE(head_of(with("Connection: x, CLOSE\r\n", "GET / HTTP/1.1")).keeps_alive);
    CHECK_FALSE(head_of(with("Connection: a\r\nConnection: close\r\n", "GET / HTTP/1.1")).keeps_alive);
    CHECK(head_of(with("Connection: closed\r\n", "GET / HTTP/1.1")).keeps_alive);
    CHECK_FALSE(head_of(with("Connection: keep-alive\r\n", "GET / HTTP/1.0")).keeps_alive);
  }

  TEST_CASE("an expectation is met in HTTP/1.1 and ignored in HTTP/1.0") {
    const std::string fields = "Content-Length: 1\r\nExpect: 100-Continue\r\n";
    CHECK(head_of(with(fields)).expects_continue);
    CHECK_FALSE(head_of(with(fields, "POST / HTTP/1.0")).expects_continue);
  }

  TEST_CASE("the limits of a head are exact") {
    const auto get_target = [](std::size_t size) {
      return with("", "GET /" + std::string(size - 1, 'a') + " HTTP/1.1");
    };
    CHECK(status_of(get_target(2048)) == 0);
    CHECK(status_of(get_target(2049)) == 414);
    CHECK(status_of("GET /" + std::string(2500, 'a')) == 414);
    CHECK(status_of(std::string(2500, 'a')) == 414);
    CHECK(status_of("G@T /" + std::string(2500, 'a')) == 400);

    std::string fields;
    for (int i = 0; i < 63; ++i) fields += "A: b\r\n";
    CHECK(status_of(with(fields, "GET / HTTP/1.1")) == 0);
    CHECK(status_of(with(fields + "A: b\r\n", "GET / HTTP/1.1")) == 431);

    const std::string rest = with("A: \r\n", "GET / HTTP/1.1");
    const std::size_t room = (std::size_t{16} << 10) - rest.size();
    CHECK(status_of(with("A: " + std::string(room, 'b') + "\r\n", "GET / HTTP/1.1")) == 0);
    CHECK(status_of(with("A: " + std::string(room + 1, 'b') + "\r\n", "GET / HTTP/1.1")) == 431);
  }

  TEST_CASE("a client that speaks something else is told before it ends its line") {
    CHECK(status_of(std::string("\x16\x03\x01\x02\x00\x01", 6)) == 400);
    CHECK(status_of(std::string("GET /\0", 6)) == 400);
    CHECK(status_of("GET / HTTP/1.1\rX") == 400);
    CHECK(status_of("GET / HTTP/1.1\n") == 400);
  }

  TEST_CASE("chunks are decoded, their extensions and trailers dropped") {
    CHECK(decoded("3\r\nabc\r\n0\r\n\r\nGET") == "body abc rest GET");
    CHECK(decoded("00000000000000A\r\n0123456789\r\n1;a=\"b\";c\r\n!\r\n000\r\nX-Sum: 1\r\n\r\n") ==
          "body 0123456789! rest ");
    CHECK(decoded("2\r\n\r\n\r\n0\r\n\r\n") == "body \r\n rest ");
    CHECK(decoded("3\r\nabc\r\n0\r\n") == "more");
  }

  TEST_CASE("chunks that can be read in two ways are refused") {
    for (const char* text :
         {"0x3\r\n", "-2\r\n", "+3\r\n", " 3\r\n", "3 \r\n", "\r\n", ";a\r\n", "g\r\n", "3\n", "3\rabc", "3\r\nabcd",
          "3\r\nabc\n", "3\r\nabc0\r\n\r\n", "0\r\nno colon\r\n", "0\r\n folded: 1\r\n", "0\r\na: 1\n",
          "00000000000000001\r\n", "3;\x01\r\n", "ffffffffffffffffff\r\n"}) {
      CAPTURE(text);
      CHECK(decoded(text) == "refused 400");
    }
    CHECK(decoded(std::string("3\0\r\n", 4)) == "refused 400");
  }

  TEST_CASE("the limits of a chunked body are exact") {
    const std::string half(500, 'x');
    CHECK(decoded("1f4\r\n" + half + "\r\n1f4\r\n" + half + "\r\n0\r\n\r\n") == "body " + half + half + " rest ");
    CHECK(decoded("1f4\r\n" + half + "\r\n1f5\r\n") == "refused 413");
    CHECK(decoded("ffffffffffffffff\r\n") == "refused 413");
    CHECK(decoded("1;" + std::string(1100, 'a')) == "refused 400");

    std::string extended;
    for (int i = 0; i < 5; ++i) extended += "1;" + std::string(999, 'a') + "\r\nx\r\n";
    CHECK(decoded(extended) == "refused 400");
    std::string trailer = "0\r\n";
    for (int i = 0; i < 5; ++i) trailer += "A: " + std::string(900, 'b') + "\r\n";
    CHECK(decoded(trailer) == "refused 400");
  }
}

}  // namespace
}  // namespace apmcp::listener

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "unit/listener/listener_fixture.h"

namespace apmcp::listener {
namespace {

struct Hostile {
  const char* what;
  std::string bytes;
  int status;
};

/// A request line and fields; the Host comes with it.
std::string head(const std::string& line, const std::string& fields = "") {
  return line + "\r\nHost: localhost\r\n" + fields + "\r\n";
}

std::string post_head(const std::string& fields) {
  return head("POST / HTTP/1.1", fields);
}

std::string chunked(const std::string& body) {
  return post_head("Transfer-Encoding: chunked\r\n") + body;
}

std::string get_head(const std::string& fields) {
  return head("GET / HTTP/1.1", fields);
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::vector<Hostile> request_lines() {
  return {
      {"TLS", std::string("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 11), 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/0.9", "GET /\r\n", 400},
      {"HTTP/1.2", head("GET / HTTP/1.2"), 505},
      {"HTTP/3.0", head("GET / HTTP/3.0"), 505},
      {"lower case version", head("GET / http/1.1"), 400},
      {"version of two digits", head("GET / HTTP/1.10"), 400},
      {"no version", head("GET / "), 400},
      {"two blanks before the target", head("GET  / HTTP/1.1"), 400},
      {"two blanks before the version", head("GET /  HTTP/1.1"), 400},
      {"tab for a blank", head("GET\t/\tHTTP/1.1"), 400},
      {"blank in the target", head("GET /a b HTTP/1.1"), 400},
      {"method that is no token", head("G@T / HTTP/1.1"), 400},
      {"NUL in the method", std::string("GE\0T / HTTP/1.1\r\nHost: x\r\n\r\n", 29), 400},
      {"no method", head(" / HTTP/1.1"), 400},
      {"absolute target", head("GET http://localhost/ HTTP/1.1"), 400},
      {"authority target", head("CONNECT localhost:80 HTTP/1.1"), 400},
      {"asterisk target", head("OPTIONS * HTTP/1.1"), 400},
      {"relative target", head("GET CANARY HTTP/1.1"), 400},
      {"fragment in the target", head("GET /#CANARY HTTP/1.1"), 400},
      {"byte above ASCII in the target", head("GET /\xc3\xa4 HTTP/1.1"), 400},
      {"control character in the target", head("GET /\x01 HTTP/1.1"), 400},
      {"target too long", head("GET /" + std::string(2048, 'a') + " HTTP/1.1"), 414},
      {"target without an end", "GET /" + std::string(9000, 'a'), 414},
      {"empty lines", "\r\n\r\n\r\n", 400},
      {"bare LF", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
      {"bare CR", "GET / HTTP/1.1\rHost: localhost\r\r", 400},
  };
}

std::vector<Hostile> fields() {
  return {
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"empty Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost:\r\n\r\n", 400},
      {"two Hosts", get_head("Host: localhost\r\n"), 400},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: localhost/CANARY\r\n\r\n", 400},
      {"Host with a user", "GET / HTTP/1.1\r\nHost: a@localhost\r\n\r\n", 400},
      {"Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"two Origins", get_head("Origin: http://a\r\nOrigin: http://b\r\n"), 400},
      {"two empty Origins", get_head("Origin:\r\norigin:\r\n"), 400},
      {"two Authorizations", get_head("Authorization: a\r\nAuthorization: CANARY\r\n"), 400},
      {"two AgentPhone keys", get_head("X-AgentPhone-Key: a\r\nX-AgentPhone-Key: CANARY\r\n"), 400},
      {"two Content-Types", get_head("Content-Type: a/b\r\nContent-Type: a/b\r\n"), 400},
      {"two session ids", get_head("Mcp-Session-Id: 1\r\nMCP-Session-ID: 2\r\n"), 400},
      {"two protocol versions", get_head("MCP-Protocol-Version: 1\r\nMcp-Protocol-Version: 1\r\n"), 400},
      {"two Last-Event-IDs", get_head("Last-Event-ID: 1\r\nLast-Event-ID: 2\r\n"), 400},
      {"folded field", get_head("A: b\r\n c\r\n"), 400},
      {"folded first field", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
      {"blank before the colon", get_head("A : b\r\n"), 400},
      {"no colon", get_head("CANARY\r\n"), 400},
      {"no name", get_head(": b\r\n"), 400},
      {"NUL in a name", get_head(std::string("A\0B: c\r\n", 8)), 400},
      {"NUL in a value", get_head(std::string("A: b\0c\r\n", 8)), 400},
      {"CR in a value", get_head("A: b\rEvil: c\r\n"), 400},
      {"LF in a value", get_head("A: b\nEvil: c\r\n"), 400},
      {"escape character in a value", get_head("A: \x1b[2J\r\n"), 400},
      {"65 fields", get_head(repeated("A: b\r\n", 64)), 431},
      {"a field that is too large", get_head("A: " + std::string(16384, 'b') + "\r\n"), 431},
      {"a field without an end", "GET / HTTP/1.1\r\nA: " + std::string(100000, 'b'), 431},
  };
}

std::vector<Hostile> framings() {
  return {
      {"length and chunked", post_head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
      {"chunked and length", post_head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n", 400},
      {"two different lengths", post_head("Content-Length: 1\r\nContent-Length: 2\r\n") + "ab", 400},
      {"the same length twice", post_head("Content-Length: 1\r\nContent-Length: 1\r\n") + "a", 400},
      {"list of lengths", post_head("Content-Length: 1, 1\r\n") + "a", 400},
      {"length with a plus", post_head("Content-Length: +4\r\n") + "abcd", 400},
      {"length with letters", post_head("Content-Length: 4abc\r\n") + "abcd", 400},
      {"negative length", post_head("Content-Length: -1\r\n"), 400},
      {"empty length", post_head("Content-Length:\r\n"), 400},
      {"hexadecimal length", post_head("Content-Length: 0x4\r\n") + "abcd", 400},
      {"blank in the length", post_head("Content-Length: 1 1\r\n"), 400},
      {"no length", post_head(""), 411},
      {"no length of PUT", head("PUT / HTTP/1.1"), 411},
      {"no length in HTTP/1.0", head("POST / HTTP/1.0"), 411},
      {"body too large", post_head("Content-Length: 1001\r\n"), 413},
      {"body too large, sent whole", post(std::string(100000, 'x')), 413},
      {"length of 65 bits", post_head("Content-Length: 18446744073709551616\r\n"), 413},
      {"body of GET too large", get_head("Content-Length: 1001\r\n"), 413},
      {"encoded body", post_head("Content-Length: 1\r\nContent-Encoding: gzip\r\n") + "a", 415},
      {"body encoded as identity", post_head("Content-Length: 1\r\nContent-Encoding: identity\r\n") + "a", 415},
      {"unknown expectation", post_head("Content-Length: 1\r\nExpect: CANARY\r\n") + "a", 417},
      {"transfer encoding gzip", post_head("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"transfer encoding xchunked", post_head("Transfer-Encoding: xchunked\r\n"), 501},
      {"transfer encoding chunked twice", post_head("Transfer-Encoding: chunked, chunked\r\n"), 501},
      {"two transfer encodings", post_head("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"), 400},
      {"empty transfer encoding", post_head("Transfer-Encoding:\r\n"), 501},
      {"transfer encoding with a blank before the colon", post_head("Transfer-Encoding : chunked\r\n"), 400},
      {"chunked in HTTP/1.0", head("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n"), 400},
      {"chunk size 0x3", chunked("0x3\r\nabc\r\n0\r\n\r\n"), 400},
      {"negative chunk size", chunked("-2\r\nabc\r\n0\r\n\r\n"), 400},
      {"chunk longer than its size", chunked("3\r\nabcdef\r\n0\r\n\r\n"), 400},
      {"chunk without a line end", chunked("3\r\nabc0\r\n\r\n"), 400},
      {"chunk line without CR", chunked("3\nabc\r\n0\r\n\r\n"), 400},
      {"chunk size of 65 bits", chunked("10000000000000000\r\n"), 400},
      {"chunk too large", chunked("3e9\r\n"), 413},
      {"chunks too large", chunked(repeated("64\r\n" + std::string(100, 'x') + "\r\n", 11)), 413},
      {"chunk extensions without end", chunked("1;" + std::string(100000, 'a')), 400},
      {"trailer without end", chunked("0\r\n" + repeated("A: b\r\n", 10000)), 400},
      {"malformed trailer", chunked("0\r\nCANARY\r\n\r\n"), 400},
      {"head that stops", "GET / HTTP/1.1\r\nHost: local", 408},
      {"body that stops", post_head("Content-Length: 5\r\n") + "abc", 408},
      {"chunks that stop", chunked("3\r\nabc\r\n"), 408},
  };
}

std::vector<Hostile> all_cases() {
  std::vector<Hostile> all = request_lines();
  for (auto* more : {&fields, &framings}) {
    for (Hostile& hostile : more()) all.push_back(std::move(hostile));
  }
  return all;
}

TEST_SUITE("unit") {
  TEST_CASE("what no client should send is refused with its status, and the listener goes on") {
    std::atomic<int> handled = 0;
    const auto listener = listening(
        [&](const HttpRequest& request, Peer& peer) {
          if (request.path != "/alive") ++handled;
          return echo(request, peer);
        },
        {.max_body = 1000, .head_limit = std::chrono::milliseconds{300}, .body_limit = std::chrono::milliseconds{300}});
    const std::vector<Hostile> cases = all_cases();
    CHECK(cases.size() >= 60);
    for (const Hostile& hostile : cases) {
      CAPTURE(hostile.what);
      RawClient client(listener->port());
      client.send(hostile.bytes);
      const Answer answer = client.read_answer();
      CHECK(answer.status == hostile.status);
      CHECK(answer.has_line("Connection: close"));
      CHECK(answer.has_line("Content-Type: text/plain"));
      CHECK(answer.body.ends_with(".\n"));
      CHECK(answer.body.find("CANARY") == std::string::npos);
      CHECK(client.read_to_end().empty());

      RawClient next(listener->port());
      next.send(get("/alive"));
      CHECK(next.read_answer().status == 200);
    }
    CHECK(handled == 0);
  }

  TEST_CASE("a drip is cut at the deadline of the head, however diligent it is") {
    const auto listener = listening(echo, {.head_limit = std::chrono::milliseconds{200}});
    RawClient client(listener->port());
    const auto start = std::chrono::steady_clock::now();
    client.send("GET / HTTP/1.1\r\nA: ");
    // Each silence is far shorter than the limit.
    while (client.is_silent_for(std::chrono::milliseconds{10})) client.send("b");
    CHECK(client.read_answer().status == 408);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{2});
  }

  TEST_CASE("a connection that never says anything is closed without a word") {
    const auto listener = listening(echo, {.head_limit = std::chrono::milliseconds{50}});
    RawClient client(listener->port());
    CHECK(client.read_to_end().empty());
  }

  TEST_CASE("fields that lead the HTTP library astray reach the handler as they are, and nothing else happens") {
    std::string seen;
    const auto listener = listening([&](const HttpRequest& request, Peer& peer) {
      for (const auto& [name, value] : request.headers) seen += name + "=" + value.substr(0, 20) + ";";
      return echo(request, peer);
    });
    RawClient client(listener->port());
    client.send(get("/x", "Range: bytes=" + repeated("0-1,", 3000) +
                              "\r\nREMOTE_ADDR: 6.6.6.6\r\n"
                              "Accept-Encoding: gzip, br\r\nOrigin: http://local%68ost\r\n"));
    const Answer answer = client.read_answer();
    CHECK(answer.status == 200);
    CHECK(answer.body == "GET /x  ");
    CHECK(seen.find("origin=http://local%68ost;") != std::string::npos);
    CHECK(seen.find("remote_addr=6.6.6.6;") != std::string::npos);
  }
}

}  // namespace
}  // namespace apmcp::listener

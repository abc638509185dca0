#include "agentphone/event_stream.h"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace apmcp::agentphone {
namespace {

using Progress = EventStreamParser::Progress;

/// "turn:one\\ntwo" for each event.
std::vector<std::string> events_of(std::string_view bytes, std::size_t split = std::string_view::npos) {
  std::vector<std::string> events;
  EventStreamParser parser;
  const auto keep = [&](const StreamEvent& event) {
    events.push_back(event.name + ":" + event.data);
    return true;
  };
  CHECK(parser.feed(bytes.substr(0, split), keep) == Progress::kMore);
  if (split < bytes.size()) CHECK(parser.feed(bytes.substr(split), keep) == Progress::kMore);
  return events;
}

using Events = std::vector<std::string>;

TEST_SUITE("unit") {
  TEST_CASE("an event is its name and its data lines") {
    CHECK(events_of("event: turn\ndata: one\ndata: two\n\n") == Events{"turn:one\ntwo"});
    CHECK(events_of("data:{\"a\": 1}\n\ndata:  b\n\n") == Events{"message:{\"a\": 1}", "message: b"});
    CHECK(events_of("data\n\n") == Events{"message:"});
  }

  TEST_CASE("comments, ids, retries and fields nobody knows are passed over") {
    CHECK(events_of(": heartbeat\n\nid: 7\nretry: 100\nmood: good\nevent: turn\ndata: x\n\n: heartbeat\n\n") ==
          Events{"turn:x"});
    CHECK(events_of("event: turn\n\ndata: x\n\n") == Events{"message:x"});
  }

  TEST_CASE("an event that the stream ends in is no event") {
    CHECK(events_of("event: turn\ndata: x\n").empty());
  }

  TEST_CASE("lines end with CR LF, LF or CR, wherever the bytes are split") {
    const std::string said = "event: turn#data: caf\xC3\xA9#data: two##: heartbeat##event: ended#data: {}##";
    for (const std::string_view line_end : {"\n", "\r\n", "\r"}) {
      std::string bytes = "\xEF\xBB\xBF";
      for (const char c : said) c == '#' ? bytes += line_end : bytes += c;
      for (std::size_t split = 0; split <= bytes.size(); ++split) {
        CAPTURE(split);
        CHECK(events_of(bytes, split) == Events{"turn:caf\xC3\xA9\ntwo", "ended:{}"});
      }
    }
  }

  TEST_CASE("whoever has enough gets no more events") {
    EventStreamParser parser;
    int events = 0;
    CHECK(parser.feed("data: 1\n\ndata: 2\n\n", [&](const StreamEvent&) { return ++events > 1; }) == Progress::kEnough);
    CHECK(events == 1);
  }

  TEST_CASE("no line and no event grows without end") {
    const std::string piece(1024, 'x');
    const auto feed_until_refused = [&](std::string_view before, std::string_view after) {
      EventStreamParser parser;
      for (int i = 0; i < 2048; ++i) {
        const auto progress =
            parser.feed(std::string(before) + piece + std::string(after), [](const StreamEvent&) { return true; });
        if (progress == Progress::kTooLong) return true;
      }
      return false;
    };
    CHECK(feed_until_refused("", ""));
    CHECK(feed_until_refused("data: ", "\n"));
  }
}

}  // namespace
}  // namespace apmcp::agentphone

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace apmcp::agentphone {

/// A server-sent event with at least one data line.
struct StreamEvent {
  std::string name;  ///< of its event line; "message" when it has none
  std::string data;  ///< data lines, joined by line feeds
};

/// Cuts server-sent events out of a byte stream (WHATWG HTML, 9.2.6 "Interpreting an event stream"): lines end with
/// CR LF, LF or CR, and the bytes may come in pieces split anywhere. Comments, `id` and `retry` are passed over, and so
/// is an event that the stream ends in. Not thread-safe; one per stream.
class EventStreamParser {
 public:
  /// One line, or the data of one event, at most: bytes.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

  /// Takes the next event; false: that is enough.
  using OnEvent = std::function<bool(const StreamEvent& event)>;

  enum class Progress { kMore, kEnough, kTooLong };

  /// After anything but kMore it must not be fed again.
  Progress feed(std::string_view bytes, const OnEvent& on_event);

 private:
  Progress end_line(const OnEvent& on_event);
  void take_field(std::string_view line);

  std::string line_;       ///< as far as it has come
  std::string name_;       ///< of the event under way
  std::string data_;       ///< of the event under way, a line feed after each line
  bool after_cr_ = false;  ///< a line feed now belongs to the line before
  bool is_first_ = true;   ///< line of the stream, which may begin with a byte order mark
};

}  // namespace apmcp::agentphone

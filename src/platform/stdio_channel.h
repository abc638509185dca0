#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace apmcp::platform {

class StopSignal;

/// The process's stdin and stdout as the pipe that carries the protocol. take_over() moves the real stdout aside and
/// points file descriptor 1 at stderr, so that a stray print can never corrupt a message. One per process.
class StdioChannel {
 public:
  /// Absent when stdout cannot be written to, or the descriptors cannot be duplicated.
  static std::optional<StdioChannel> take_over();

  StdioChannel(StdioChannel&& other) noexcept;
  StdioChannel(const StdioChannel&) = delete;
  StdioChannel& operator=(const StdioChannel&) = delete;
  ~StdioChannel();

  /// Waits for input. Bytes read; 0 at the end of input, on a read error, or when `stop` was requested.
  std::size_t read(std::span<char> buffer, const StopSignal& stop) const;

  /// Writes everything, waiting while the reader takes nothing; after a stop, or the end of input, it waits 2 seconds
  /// at most. False when the reader is gone or did not take it. One caller at a time.
  [[nodiscard]] bool write(std::string_view text, const StopSignal& stop) const;

 private:
  explicit StdioChannel(int out) : out_(out) {}

  [[nodiscard]] bool wait_for_room(const StopSignal& stop) const;

  int out_;
};

}  // namespace apmcp::platform

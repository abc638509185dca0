#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace apmcp::transport {

/// Cuts a byte stream into lines (LF, an optional CR before it dropped, blank lines skipped; all revisions, "stdio").
/// A line over the limit is not kept: only its two ends are, to recover the id from, and the next line works.
/// Not thread-safe; the views passed on are valid during the callback only.
class LineReader {
 public:
  struct Callbacks {
    std::function<void(std::string_view line)> line;
    std::function<void(std::string_view head, std::string_view tail)> too_long;
  };

  LineReader(std::size_t max_line, Callbacks callbacks);

  void feed(std::string_view bytes);

  /// End of input: what is left counts as a line.
  void finish();

 private:
  void end_line(std::string_view last_part);
  void keep(std::string_view part);

  const std::size_t max_line_;
  const Callbacks callbacks_;
  std::string partial_;        // the line so far, or its head once it is too long
  std::string tail_;           // the last bytes of a line that is too long
  bool is_too_long_ = false;
};

}  // namespace apmcp::transport

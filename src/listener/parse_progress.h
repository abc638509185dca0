#pragma once

#include <string_view>

namespace apmcp::listener {

inline constexpr std::string_view kLineEnd = "\r\n";

/// What a parser says of the bytes it was fed.
enum class ParseProgress {
  kNeedMore,  ///< all of them are consumed
  kDone,      ///< complete; what is left over belongs to what comes next
  kRefused,   ///< the parser's refusal() says why; it is of no use any more
};

/// Why a request gets no further than the guard.
struct Refusal {
  int status = 0;        ///< 400-505
  std::string_view why;  ///< for people, one line; a literal, so that nothing of the request is echoed
};

}  // namespace apmcp::listener

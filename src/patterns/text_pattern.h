#pragma once

#include <memory>
#include <string_view>

#include "agentphone_mcp/result.h"

namespace apmcp::patterns {

/// A pattern that somebody gave us, ready to be used. Thread-safe.
class TextPattern {
 public:
  TextPattern() = default;
  TextPattern(const TextPattern&) = delete;
  TextPattern& operator=(const TextPattern&) = delete;
  virtual ~TextPattern() = default;

  /// True when it is found anywhere in `text` (UTF-8). Takes time in proportion to the text, whatever the pattern.
  [[nodiscard]] virtual bool is_in(std::string_view text) const = 0;
};

/// The longest pattern, bytes.
inline constexpr std::size_t kMaxPattern = 200;

/// kBadArguments with what is wrong and where in the pattern: too long, bad syntax, or too large once expanded. The
/// message says nothing about which argument it was.
using CompilePattern = Result<std::unique_ptr<TextPattern>> (*)(std::string_view pattern);

}  // namespace apmcp::patterns

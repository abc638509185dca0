#include "patterns/re2_pattern.h"

#include <re2/re2.h>
#include <string>
#include <utility>

namespace apmcp::patterns {
namespace {

/// Bytes for the compiled program and its caches: `\pL{100}` is small to write and large to run.
constexpr std::int64_t kMaxMemory = 1 << 20;

class Re2Pattern final : public TextPattern {
 public:
  explicit Re2Pattern(std::unique_ptr<const re2::RE2> pattern) : pattern_(std::move(pattern)) {}

  [[nodiscard]] bool is_in(std::string_view text) const override {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *pattern_);
  }

 private:
  std::unique_ptr<const re2::RE2> pattern_;
};

re2::RE2::Options quiet_options() {
  re2::RE2::Options options;
  options.set_log_errors(false);  // it would print the pattern
  options.set_max_mem(kMaxMemory);
  return options;
}

std::string_view mistake(re2::RE2::ErrorCode code) {
  switch (code) {
    case re2::RE2::ErrorBadEscape: return "this escape does not exist (RE2 has no look-around and no back-references)";
    case re2::RE2::ErrorBadCharClass: return "this character class does not exist";
    case re2::RE2::ErrorBadCharRange: return "this range ends before it begins";
    case re2::RE2::ErrorMissingBracket: return "a closing ] is missing";
    case re2::RE2::ErrorMissingParen: return "a closing ) is missing, or an opening ( for one";
    case re2::RE2::ErrorTrailingBackslash: return "nothing follows the last backslash";
    case re2::RE2::ErrorRepeatArgument: return "there is nothing to repeat";
    case re2::RE2::ErrorRepeatSize: return "this repeats too often, 1000 times at most";
    case re2::RE2::ErrorRepeatOp: return "one repetition follows another";
    case re2::RE2::ErrorBadPerlOp: return "this (? form does not exist (RE2 has no look-around)";
    case re2::RE2::ErrorBadUTF8: return "this is not UTF-8";
    case re2::RE2::ErrorBadNamedCapture: return "this group's name is not a name";
    case re2::RE2::ErrorPatternTooLarge: return "it becomes too large; use fewer or shorter repetitions";
    default: return "this is not RE2 syntax";
  }
}

/// "at character 4, `(ab`: a closing ) is missing"
Error explain(const re2::RE2& pattern) {
  const std::string& whole = pattern.pattern();
  const std::string& part = pattern.error_arg();
  std::string message(mistake(pattern.error_code()));
  const std::size_t at = part.empty() ? std::string::npos : whole.find(part);
  if (at != std::string::npos) {
    message = "at character " + std::to_string(at + 1) + ", `" + part + "`: " + message;
  }
  return {.code = ErrorCode::kBadArguments, .message = std::move(message)};
}

}  // namespace

Result<std::unique_ptr<TextPattern>> compile_re2(std::string_view pattern) {
  if (pattern.size() > kMaxPattern) {
    return Error{.code = ErrorCode::kBadArguments,
                 .message = "it has " + std::to_string(pattern.size()) + " bytes, " + std::to_string(kMaxPattern) +
                            " are allowed"};
  }
  auto compiled = std::make_unique<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), quiet_options());
  if (!compiled->ok()) return explain(*compiled);
  return std::unique_ptr<TextPattern>(std::make_unique<Re2Pattern>(std::move(compiled)));
}

}  // namespace apmcp::patterns

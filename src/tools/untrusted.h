#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agentphone_mcp/result.h"

// What people text and say reaches a model through our results. It is data there: nothing in it may hide from the
// person who reads along, pass for a line of ours, or fill the model's window.
namespace apmcp::tools {

/// One text or one spoken turn, at most, bytes of UTF-8.
inline constexpr std::size_t kMaxUntrustedBytes = 4096;

/// `text` without what cannot be seen: control characters (line feed and tab stay), escape sequences' ESC,
/// bidirectional controls, zero-width and tag characters, variation selectors. Line and paragraph separators and CR
/// become line feeds, broken UTF-8 becomes U+FFFD. Idempotent; never longer than 3 bytes per byte of input.
std::string visible_text(std::string_view text);

struct UntrustedText {
  std::string text;      ///< visible, keys and secrets redacted, at most kMaxUntrustedBytes
  bool was_cut = false;  ///< more was there
};

UntrustedText untrusted_text(std::string_view text);

/// One data line, "+14155550123 (them): On my way". Further lines of the text are indented, so that none of them can
/// stand where a line of ours or of another speaker would. Says so when the text was cut.
std::string quote_line(std::string_view who, const UntrustedText& said);

/// Makes `text` visible_text(), and redacts keys and secrets unless `keep_secrets`. In place: clean text costs one
/// scan.
void clean_text(std::string& text, bool keep_secrets);

/// Makes every string inside `value` visible_text(), and redacts keys and secrets unless `keep_secrets`.
void clean_strings(Json& value, bool keep_secrets);

/// The same for what an error says, with no secret in it.
void clean_texts(Error& error);

}  // namespace apmcp::tools

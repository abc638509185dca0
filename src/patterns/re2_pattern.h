#pragma once

#include "patterns/text_pattern.h"

namespace apmcp::patterns {

/// RE2 syntax (github.com/google/re2/wiki/Syntax): no back-references and no look-around, so that no pattern can take
/// forever. Thread-safe; throws nothing.
Result<std::unique_ptr<TextPattern>> compile_re2(std::string_view pattern);

}  // namespace apmcp::patterns

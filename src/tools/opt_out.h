#pragma once

#include <string_view>

namespace apmcp::tools {

/// Whether somebody asks, in these words of theirs, not to be called or contacted again. Careful: "don't call me before
/// nine" and "they never call me back" are no such wish. English, and the usual sentence in Spanish, French and German.
bool asks_not_to_be_called(std::string_view said);

}  // namespace apmcp::tools

#include "tools/bad_argument.h"

#include <utility>

namespace apmcp::tools {

Error bad_argument(std::string_view field, std::string_view expected, std::string_view next_step, std::string message) {
  if (message.empty()) message = std::string(field) + " must be " + std::string(expected) + ".";
  return {.code = ErrorCode::kBadArguments,
          .message = std::move(message),
          .next_step = std::string(next_step),
          .data = {{"field", field}, {"expected", expected}}};
}

}  // namespace apmcp::tools

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_transport.h"

namespace apmcp::agentphone {

struct FieldProblem {
  std::string field;    ///< in the words of our tool arguments, "to_number"; empty for the whole body
  std::string message;  ///< clean text
};

/// What an error answer of the service says, whatever shape it has.
struct ErrorBody {
  std::string text;                  ///< one clean line of at most 300 bytes; empty when nothing can be shown
  std::string code;                  ///< "INSUFFICIENT_BALANCE"; empty when there is none
  std::vector<FieldProblem> fields;  ///< at most 10
};

/// Reads {"detail": "text"}, {"detail": [{"loc", "msg"}]}, {"error": {"message", "code", "details"}}, {"error":
/// "text"},
/// {"message": "text"} and plain text. Throws nothing; what cannot be read leaves members empty.
ErrorBody read_error_body(const http::HttpResponse& response);

/// Text from outside as one line for a model: no markup, no control, invisible or bidirectional characters, nothing
/// shaped like a key, at most `max_bytes` (cut at a character, with "..."). Markup pages give an empty text.
std::string clean_text(std::string_view text, std::size_t max_bytes = 300);

/// The service's name of a field as our tool argument: "toNumber" and "to_number" give "to_number".
std::string argument_name(std::string_view wire_name);

}  // namespace apmcp::agentphone

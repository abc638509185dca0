#include "transport/media_type.h"

#include "base/http_syntax.h"

namespace apmcp::transport {
namespace {

/// "q=0", "q=0.0" and so on among the parameters of a media range.
bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::size_t end = parameters.find(';');
    const std::string_view one = trim_blanks(parameters.substr(0, end));
    const bool is_weight = one.starts_with("q=") || one.starts_with("Q=");
    if (is_weight && one.substr(2).find_first_not_of("0.") == std::string_view::npos) return true;
    if (end == std::string_view::npos) break;
    parameters.remove_prefix(end + 1);
  }
  return false;
}

bool covers(std::string_view range, std::string_view type) {
  if (range == "*/*" || to_lower(range) == type) return true;
  const std::string_view family = type.substr(0, type.find('/') + 1);
  return range.ends_with("/*") && to_lower(range.substr(0, range.size() - 1)) == family;
}

}  // namespace

bool is_json(const std::string* content_type) {
  if (content_type == nullptr) return false;
  return to_lower(trim_blanks(std::string_view(*content_type).substr(0, content_type->find(';')))) ==
         "application/json";
}

bool accepts(const std::string* accept, std::string_view type) {
  if (accept == nullptr) return true;
  std::string_view rest = *accept;
  for (;;) {
    const std::size_t end = rest.find(',');
    const std::string_view element = rest.substr(0, end);
    const std::size_t semicolon = element.find(';');
    const std::string_view parameters =
        semicolon == std::string_view::npos ? std::string_view() : element.substr(semicolon + 1);
    if (covers(trim_blanks(element.substr(0, semicolon)), type) && !is_refused(parameters)) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace apmcp::transport

#include "transport/media_type.h"

#include <optional>

#include "base/http_syntax.h"

namespace apmcp::transport {
namespace {

/// The value of a parameter in lower case, without quotes; absent when there is none. `name` in lower case.
std::optional<std::string> parameter_of(std::string_view media, std::string_view name) {
  for (std::size_t end = media.find(';'); end != std::string_view::npos; end = media.find(';')) {
    media.remove_prefix(end + 1);
    const std::string one = to_lower(trim_blanks(media.substr(0, media.find(';'))));
    if (one.size() <= name.size() || !one.starts_with(name) || one[name.size()] != '=') continue;
    std::string value = one.substr(name.size() + 1);
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return std::nullopt;
}

/// "q=0", "q=0.0" and so on.
bool is_refused(std::string_view range) {
  const auto weight = parameter_of(range, "q");
  return weight && weight->find_first_not_of("0.") == std::string::npos;
}

bool covers(std::string_view range, std::string_view type) {
  if (range == "*/*" || to_lower(range) == type) return true;
  const std::string_view family = type.substr(0, type.find('/') + 1);
  return range.ends_with("/*") && to_lower(range.substr(0, range.size() - 1)) == family;
}

}  // namespace

bool is_json(const std::string* content_type) {
  if (content_type == nullptr) return false;
  const std::string charset = parameter_of(*content_type, "charset").value_or("utf-8");
  return to_lower(trim_blanks(std::string_view(*content_type).substr(0, content_type->find(';')))) ==
             "application/json" &&
         (charset == "utf-8" || charset == "utf8" || charset == "us-ascii");
}

bool accepts(const std::string* accept, std::string_view type) {
  if (accept == nullptr) return true;
  std::string_view rest = *accept;
  for (;;) {
    const std::size_t end = rest.find(',');
    const std::string_view element = rest.substr(0, end);
    if (covers(trim_blanks(element.substr(0, element.find(';'))), type) && !is_refused(element)) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace apmcp::transport

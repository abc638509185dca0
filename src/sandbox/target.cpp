#include "sandbox/target.h"

namespace apmcp::sandbox {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text, bool plus_is_space) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() && text[i] == '%' ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      plain.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      plain.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return plain;
}

/// Calls `each` with every part of `text` between separators.
template <typename Each>
void split(std::string_view text, char separator, Each each) {
  for (;;) {
    const std::size_t end = text.find(separator);
    each(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

bool match_path(std::string_view pattern, const std::vector<std::string>& segments, std::vector<std::string>& ids) {
  std::size_t at = 0;
  bool same = true;
  ids.clear();
  split(pattern.substr(1), '/', [&](std::string_view part) {
    if (at >= segments.size()) {
      same = false;
    } else if (part == "{}") {
      same = same && !segments[at].empty();
      ids.push_back(segments[at]);
    } else {
      same = same && part == segments[at];
    }
    ++at;
  });
  return same && at == segments.size();
}

}  // namespace

Target parse_target(std::string_view target) {
  Target parsed;
  const std::size_t mark = target.find('?');
  std::string_view path = target.substr(0, mark);
  if (!path.empty() && path[0] == '/') path.remove_prefix(1);
  split(path, '/', [&](std::string_view part) { parsed.segments.push_back(decode(part, false)); });
  if (mark == std::string_view::npos) return parsed;
  split(target.substr(mark + 1), '&', [&](std::string_view pair) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals + 1 == pair.size()) return;
    parsed.query[decode(pair.substr(0, equals), true)] = decode(pair.substr(equals + 1), true);
  });
  return parsed;
}

RouteMatch find_route(std::string_view method, const Target& target) {
  RouteMatch match;
  std::vector<std::string> ids;
  for (const Route& route : routes()) {
    if (!match_path(route.path, target.segments, ids)) continue;
    if (route.method == method) return {&route, ids, true};
    match.path_known = true;
  }
  return match;
}

}  // namespace apmcp::sandbox

#include "mcp/listing.h"

#include <stdexcept>

#include "base/json_parse.h"

namespace apmcp::mcp {
namespace {

constexpr std::string_view kCursorPrefix = "after:";

}  // namespace

std::string_view key_of_cursor(std::string_view cursor) {
  return cursor.starts_with(kCursorPrefix) ? cursor.substr(kCursorPrefix.size()) : std::string_view();
}

std::string cursor_after(std::string_view key) {
  return std::string(kCursorPrefix).append(key);
}

Error unknown_cursor() {
  return {.code = ErrorCode::kInvalidParams, .message = "Unknown cursor. Start again without one."};
}

std::string wire_for(const Json& definition, const Revision& revision) {
  if (revision.has_titles && revision.has_icons) return dump_json(definition);
  Json wire = definition;
  if (!revision.has_icons) wire.erase("icons");
  if (!revision.has_titles) {
    wire.erase("title");
    wire.erase("_meta");
    if (const auto arguments = wire.find("arguments"); arguments != wire.end()) {
      for (Json& argument : *arguments) argument.erase("title");
    }
  }
  return dump_json(wire);
}

std::string quote_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return '"' + std::string(name.substr(0, kLongest)) + '"';
}

std::string required_text(const Json& definition, std::string_view key) {
  const Json* text = member(definition, key);
  if (text == nullptr || !text->is_string() || text->get_ref<const std::string&>().empty()) {
    throw std::invalid_argument("a definition has no " + std::string(key) + ": " + dump_json(definition));
  }
  return text->get<std::string>();
}

void check_definition(bool is_first, bool has_handler, std::string_view name) {
  if (!is_first) throw std::invalid_argument(std::string(name) + " is defined twice");
  if (!has_handler) throw std::invalid_argument(std::string(name) + " has no handler");
}

const Completer* completer_of(const Completers& completers, std::string_view name) {
  const auto found = completers.find(name);
  return found == completers.end() ? nullptr : &found->second;
}

}  // namespace apmcp::mcp

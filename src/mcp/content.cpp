#include "mcp/content.h"

#include <string_view>
#include <utility>

#include "base/json_parse.h"

namespace apmcp::mcp {
namespace {

std::string text_of(const Json& block, std::string_view key) {
  const Json* text = member(block, key);
  return text != nullptr && text->is_string() ? text->get<std::string>() : std::string();
}

/// `text` for the same readers and with the same weight as the block it stands for.
Json instead_of(const Json& block, std::string text) {
  Json instead = text_block(std::move(text));
  if (const Json* annotations = member(block, "annotations")) instead["annotations"] = *annotations;
  return instead;
}

}  // namespace

Json text_block(std::string text) {
  return Json{{"type", "text"}, {"text", std::move(text)}};
}

Json content_for(Json block, const Revision& revision) {
  const std::string type = text_of(block, "type");
  if (type == "audio" && !revision.has_audio) {
    return instead_of(block, "[Audio (" + text_of(block, "mimeType") +
                                 ") is left out: this revision of the protocol has no audio content.]");
  }
  if (type != "resource_link") return block;
  if (!revision.has_resource_links) return instead_of(block, text_of(block, "name") + ": " + text_of(block, "uri"));
  if (!revision.has_icons) block.erase("icons");
  return block;
}

}  // namespace apmcp::mcp

#include "mcp/client_capabilities.h"

#include <string>
#include <utility>

namespace apmcp::mcp {
namespace {

/// Forms are what a client without modes has.
bool has_forms(const Json& elicitation) {
  return elicitation.is_object() && (elicitation.contains("form") || !elicitation.contains("url"));
}

/// "sampling, elicitation.url"
std::string names_of(const Json& capabilities, const std::string& prefix = {}) {
  std::string text;
  for (const auto& [name, inner] : capabilities.items()) {
    const std::string here = prefix + name;
    text += (text.empty() ? "" : ", ") + (inner.is_object() && !inner.empty() ? names_of(inner, here + ".") : here);
  }
  return text;
}

}  // namespace

Json missing_capabilities(const Json& declared, const Json& required) {
  Json missing = Json::object();
  if (!required.is_object()) return missing;
  for (const auto& [name, wanted] : required.items()) {
    const auto has = declared.is_object() ? declared.find(name) : declared.end();
    if (!declared.is_object() || has == declared.end() || !has->is_object()) {
      missing[name] = wanted;
      continue;
    }
    Json inner = missing_capabilities(*has, wanted);
    if (name == "elicitation" && has_forms(*has)) inner.erase("form");
    if (!inner.empty()) missing[name] = std::move(inner);
  }
  return missing;
}

Json extension_capability(std::string_view name) {
  return Json{{"extensions", {{std::string(name), Json::object()}}}};
}

Error missing_capability(Json missing) {
  std::string message = "This needs a client with " + names_of(missing) + ", and this one did not declare it.";
  return {.code = ErrorCode::kMissingCapability,
          .message = std::move(message),
          .next_step = "Do it another way, or use a client that can.",
          .data = Json{{"requiredCapabilities", std::move(missing)}}};
}

}  // namespace apmcp::mcp

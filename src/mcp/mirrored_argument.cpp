#include "mcp/mirrored_argument.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "base/http_syntax.h"

namespace apmcp::mcp {
namespace {

constexpr std::string_view kAnnotation = "x-mcp-header";

/// The largest integer that every JSON implementation keeps exactly, 2^53-1.
constexpr double kMaxExactInteger = 9007199254740991.0;

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument(std::string(kAnnotation) + ": " + what);
}

class Search {
 public:
  /// A schema that is reached through `properties` alone; `path` is empty for the root.
  void visit(const Json& schema, const std::vector<std::string>& path) {
    if (!schema.is_object()) return;
    for (const auto& [keyword, value] : schema.items()) {
      if (keyword == kAnnotation) {
        add(schema, value, path);
      } else if (keyword == "properties" && value.is_object()) {
        for (const auto& [name, property] : value.items()) {
          std::vector<std::string> inner = path;
          inner.push_back(name);
          visit(property, inner);
        }
      } else {
        refuse_below(keyword, value);
      }
    }
  }

  std::vector<MirroredArgument> found;

 private:
  void add(const Json& schema, const Json& name, const std::vector<std::string>& path) {
    static constexpr std::array<std::string_view, 3> kTypes{"string", "integer", "boolean"};
    if (path.empty()) refuse("the root of a schema is no argument");
    if (!name.is_string()) refuse("\"" + path.back() + "\": must be a string");
    const auto& token = name.get_ref<const std::string&>();
    if (!is_http_token(token)) {
      refuse("\"" + token + "\" is no HTTP token");
    }
    const auto type = schema.find("type");
    if (type == schema.end() || !type->is_string() ||
        std::find(kTypes.begin(), kTypes.end(), type->get_ref<const std::string&>()) == kTypes.end()) {
      refuse("\"" + path.back() + "\" must be a string, an integer or a boolean");
    }
    const std::string header = "mcp-param-" + to_lower(token);
    for (const MirroredArgument& other : found) {
      if (other.header == header) refuse("\"" + token + "\" is there twice");
    }
    found.push_back({.path = path, .header = header});
  }

  /// Below any other keyword a property may be there or not, so nothing can say where its value would be.
  void refuse_below(std::string_view keyword, const Json& value) {
    static constexpr std::array<std::string_view, 5> kData{"const", "default", "enum", "example", "examples"};
    if (std::find(kData.begin(), kData.end(), keyword) != kData.end()) return;
    static constexpr std::array<std::string_view, 5> kNamed{"$defs", "definitions", "dependentSchemas",
                                                            "patternProperties", "properties"};
    const bool has_names = std::find(kNamed.begin(), kNamed.end(), keyword) != kNamed.end();
    if (value.is_array()) {
      for (const Json& item : value) refuse_below("", item);
    } else if (value.is_object()) {
      for (const auto& [key, inner] : value.items()) {
        if (key == kAnnotation && !has_names)
          refuse("only what is reached through \"properties\" alone can be mirrored");
        refuse_below(has_names ? std::string_view() : std::string_view(key), inner);
      }
    }
  }
};

const Json* argument(const MirroredArgument& mirrored, const Json& arguments) {
  const Json* at = &arguments;
  for (const std::string& name : mirrored.path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at->is_null() ? nullptr : at;
}

bool is_number(double number, std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  return failure == std::errc() && stop == end && value == number && std::abs(number) <= kMaxExactInteger;
}

}  // namespace

std::vector<MirroredArgument> find_mirrored_arguments(std::string_view input_schema) {
  // Most schemas have none, and are not parsed before the tool's first call.
  if (input_schema.find(kAnnotation) == std::string_view::npos) return {};
  Search search;
  search.visit(Json::parse(input_schema), {});
  return std::move(search.found);
}

bool is_absent(const MirroredArgument& mirrored, const Json& arguments) {
  return argument(mirrored, arguments) == nullptr;
}

bool says_the_same(const MirroredArgument& mirrored, const Json& arguments, std::string_view value) {
  const Json* given = argument(mirrored, arguments);
  if (given == nullptr) return true;
  if (given->is_string()) return given->get_ref<const std::string&>() == value;
  if (given->is_boolean()) return value == (given->get<bool>() ? "true" : "false");
  return given->is_number() && is_number(given->get<double>(), value);
}

}  // namespace apmcp::mcp

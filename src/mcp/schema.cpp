#include "mcp/schema.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/json_parse.h"

namespace apmcp::mcp {
namespace {

/// valijson reads nlohmann::json, we keep the order of keys: arguments are small, so they are copied.
nlohmann::json unordered(const Json& value) { return nlohmann::json(value); }

std::string bounds(const Json& property) {
  std::string text;
  const auto add = [&](const char* key, const char* words) {
    if (const auto found = property.find(key); found != property.end()) text += words + dump_json(*found);
  };
  add("minimum", ", at least ");
  add("maximum", ", at most ");
  add("minLength", ", length at least ");
  add("maxLength", ", length at most ");
  add("minItems", ", items at least ");
  add("maxItems", ", items at most ");
  return text;
}

std::string expectation(const Json& property) {
  if (const auto choices = property.find("enum"); choices != property.end()) {
    std::string text = "one of";
    for (const Json& choice : *choices) text += (text.back() == 'f' ? " " : ", ") + dump_json(choice);
    return text;
  }
  const auto type = property.find("type");
  std::string name = type != property.end() && type->is_string() ? type->get<std::string>() : "value";
  const bool vowel = !name.empty() && std::string_view("aeio").find(name.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + name + bounds(property);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

/// The known name that was probably meant; empty when none is near.
std::string nearest(const std::string& name, const Json& properties) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 2);
  for (const auto& [known, schema] : properties.items()) {
    const bool contained = name.size() >= 2 && known.find(name) != std::string::npos;
    const std::size_t distance = contained ? 1 : edit_distance(name.substr(0, 64), known);
    if (distance < best_distance) {
      best_distance = distance;
      best = known;
    }
  }
  return best;
}

std::string names_of(const Json& properties) {
  std::string text;
  for (const auto& [name, schema] : properties.items()) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

}  // namespace

struct ArgumentSchema::Compiled {
  valijson::Schema schema;
};

ArgumentSchema::ArgumentSchema(std::string_view schema, std::string_view example)
    : schema_(Json::parse(schema)), example_(Json::parse(example)) {
  auto compiled = std::make_unique<Compiled>();
  const nlohmann::json document = unordered(schema_);
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(document), compiled->schema);
  compiled_ = std::move(compiled);
}

ArgumentSchema::~ArgumentSchema() = default;

std::optional<Error> ArgumentSchema::check(const Json& arguments) const {
  const nlohmann::json document = unordered(arguments);
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::ValidationResults results;
  if (validator.validate(compiled_->schema, valijson::adapters::NlohmannJsonAdapter(document), &results)) {
    return std::nullopt;
  }
  // The innermost error is reported first; its context is "<root>", "[field]", ...
  valijson::ValidationResults::Error error;
  std::string field;
  while (field.empty() && results.popError(error)) {
    if (error.context.size() >= 2 && error.context[1].size() > 2) {
      field = error.context[1].substr(1, error.context[1].size() - 2);
    }
  }
  return explain(arguments, field);
}

Error ArgumentSchema::explain(const Json& arguments, std::string_view field) const {
  Error error{.code = ErrorCode::kBadArguments, .next_step = "Correct the argument and call the tool again."};
  const Json empty = Json::object();
  const auto declared = schema_.find("properties");
  const Json& properties = declared == schema_.end() ? empty : *declared;

  for (const auto& [name, value] : arguments.items()) {
    if (properties.contains(name)) continue;
    const std::string meant = nearest(name, properties);
    error.message = "Unknown argument \"" + name.substr(0, 64) + "\"." +
                    (meant.empty() ? " Known arguments: " + names_of(properties) + "." : " Did you mean \"" + meant + "\"?");
    error.data = Json{{"field", name.substr(0, 64)}, {"expected", "one of: " + names_of(properties)}};
    return error;
  }

  std::string which(field);
  bool is_missing = false;
  if (const auto required = schema_.find("required"); required != schema_.end()) {
    for (const Json& name : *required) {
      if (arguments.contains(name.get<std::string>())) continue;
      which = name.get<std::string>();
      is_missing = true;
      break;
    }
  }
  const auto property = properties.find(which);
  const std::string expected = property == properties.end() ? "a value that fits the input schema" : expectation(*property);
  error.data = Json{{"field", which}, {"expected", expected}};
  error.message = "Argument \"" + which + "\" " + (is_missing ? "is missing: it must be " : "must be ") + expected + ".";
  if (const auto good = example_.find(which); good != example_.end()) {
    error.message += " Example: " + dump_json(*good) + ".";
    error.data["example"] = *good;
  }
  return error;
}

}  // namespace apmcp::mcp

#include <string>
#include <string_view>
#include <utility>

#include "base/json_parse.h"
#include "mcp/content.h"
#include "mcp/server.h"
#include "mcp/wire_error.h"

// prompts/* and completion/complete.
namespace apmcp::mcp {
namespace {

constexpr std::size_t kMostValues = 100;

/// An object whose values are all text; absent is empty.
Result<NamedValues> read_named_values(const Json* object, const char* name) {
  NamedValues values;
  if (object == nullptr) return values;
  if (!object->is_object()) return invalid_params('"' + std::string(name) + "\" must be an object.");
  for (const auto& [key, value] : object->items()) {
    if (!value.is_string()) return invalid_params('"' + std::string(name) + "\" must have text values only.");
    values.emplace(key, value.get<std::string>());
  }
  return values;
}

const std::string* text_member(const Json* object, std::string_view key) {
  const Json* text = object == nullptr ? nullptr : member(*object, key);
  return text != nullptr && text->is_string() ? text->get_ptr<const std::string*>() : nullptr;
}

Result<const Completer*> find_completer(const Catalog& catalog, const Json* ref, const std::string& argument) {
  const std::string* type = text_member(ref, "type");
  const std::string* name = text_member(ref, "name");
  const std::string* uri = text_member(ref, "uri");
  if (type != nullptr && *type == "ref/prompt" && name != nullptr) return catalog.prompts.completer(*name, argument);
  if (type != nullptr && *type == "ref/resource" && uri != nullptr) return catalog.resources.completer(*uri, argument);
  return invalid_params("\"ref\" must be a ref/prompt with a name, or a ref/resource with a uri.");
}

Json to_json(Completion completion) {
  const std::size_t total = completion.total.value_or(completion.values.size());
  const bool has_more =
      completion.has_more || completion.values.size() > kMostValues || total > completion.values.size();
  if (completion.values.size() > kMostValues) completion.values.resize(kMostValues);
  return Json{{"values", std::move(completion.values)}, {"total", total}, {"hasMore", has_more}};
}

}  // namespace

Result<std::string> McpServer::list_prompts(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  return list_result("prompts", params, context,
                     [this](const PageRequest& wanted) { return catalog_.prompts.list(wanted); });
}

Result<std::string> McpServer::get_prompt(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  auto arguments = read_named_values(member(params, "arguments"), "arguments");
  if (!arguments) return std::move(arguments).error();
  auto output = catalog_.prompts.get(params["name"].get_ref<const std::string&>(), *arguments, context);
  if (!output) return std::move(output).error();

  Json result = Json::object();
  if (!output->description.empty()) result["description"] = std::move(output->description);
  for (Json& message : output->messages) {
    Json& content = message["content"];
    content = content_for(std::move(content), *context.revision);
  }
  result["messages"] = std::move(output->messages);
  return finish(dump_json(result), context, {});
}

Result<std::string> McpServer::complete(const Json& params, RequestContext& context, Handshake& /*h*/) const {
  const Json* argument = member(params, "argument");
  const std::string* name = text_member(argument, "name");
  const std::string* typed = text_member(argument, "value");
  if (name == nullptr || typed == nullptr) {
    return invalid_params("\"argument\" must be an object with the text members \"name\" and \"value\".");
  }
  const Json* settled = member(params, "context");
  auto others = read_named_values(settled == nullptr ? nullptr : member(*settled, "arguments"), "context.arguments");
  if (!others) return std::move(others).error();
  const auto completer = find_completer(catalog_, member(params, "ref"), *name);
  if (!completer) return completer.error();

  Completion completion;
  if (*completer != nullptr) {
    auto suggested = (**completer)(*typed, *others, context);
    if (!suggested) return std::move(suggested).error();
    completion = *std::move(suggested);
  }
  return finish(dump_json(Json{{"completion", to_json(std::move(completion))}}), context, {});
}

}  // namespace apmcp::mcp

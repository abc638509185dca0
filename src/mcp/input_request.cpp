#include "mcp/input_request.h"

#include <algorithm>
#include <utility>

#include "base/json_parse.h"
#include "base/random.h"
#include "mcp/client_capabilities.h"
#include "mcp/revision.h"

namespace apmcp::mcp {
namespace {

bool has_text(const Json& object, const char* key, std::string_view text) {
  const Json* value = member(object, key);
  return value != nullptr && *value == text;
}

bool is_url(std::string_view method, const Json& params) {
  return method == input_method::kElicit && has_text(params, "mode", "url");
}

/// The properties of the form that `params` ask for; nullptr for anything else.
Json* form_properties(Json& params) {
  if (!params.is_object()) return nullptr;
  const auto schema = params.find("requestedSchema");
  if (schema == params.end() || !schema->is_object()) return nullptr;
  const auto properties = schema->find("properties");
  return properties == schema->end() || !properties->is_object() ? nullptr : &*properties;
}

/// [{"const": "a", "title": "A"}] as "enum" and "enumNames".
void name_choices(const Json& choices, Json& property) {
  Json values = Json::array();
  Json names = Json::array();
  for (const Json& choice : choices) {
    const Json* value = member(choice, "const");
    if (value == nullptr) continue;
    const Json* title = member(choice, "title");
    values.push_back(*value);
    names.push_back(title == nullptr ? *value : *title);
  }
  property["enum"] = std::move(values);
  property["enumNames"] = std::move(names);
}

/// A property of a form in the words of 2025-06-18.
Json plain_property(Json property) {
  if (!has_text(property, "type", "boolean")) property.erase("default");
  if (has_text(property, "type", "array")) {
    const Json items = property.value("items", Json::object());
    for (const char* key : {"items", "minItems", "maxItems"}) property.erase(key);
    property["type"] = "string";
    if (const Json* values = member(items, "enum")) property["enum"] = *values;
    if (const Json* choices = member(items, "anyOf")) name_choices(*choices, property);
  }
  if (const Json* choices = member(property, "oneOf")) {
    name_choices(Json(*choices), property);
    property.erase("oneOf");
  }
  return property;
}

bool has_required(const Json& schema, const Json& content) {
  const Json* required = member(schema, "required");
  return required == nullptr || std::all_of(required->begin(), required->end(), [&](const Json& name) {
           return name.is_string() && content.contains(name.get_ref<const std::string&>());
         });
}

bool is_elicit_result(const Json& params, const Json& answer) {
  const Json* action = member(answer, "action");
  if (action == nullptr || !action->is_string()) return false;
  if (*action == "decline" || *action == "cancel") return true;
  if (*action != "accept") return false;
  if (is_url(input_method::kElicit, params)) return true;
  static const Json nothing = Json::object();
  const Json* content = member(answer, "content");
  if (content == nullptr) content = &nothing;
  const Json* schema = member(params, "requestedSchema");
  return content->is_object() && (schema == nullptr || has_required(*schema, *content));
}

/// Where one choice was asked for instead of several, the handler still gets a list.
void restore_lists(const InputRequest& asked, Json& answer) {
  Json params = asked.params;
  const Json* properties = form_properties(params);
  const auto content = answer.find("content");
  if (properties == nullptr || content == answer.end() || !content->is_object()) return;
  for (auto& [name, value] : content->items()) {
    const Json* property = member(*properties, name.c_str());
    if (property != nullptr && has_text(*property, "type", "array") && !value.is_array()) value = Json::array({value});
  }
}

}  // namespace

Json capabilities_for(std::string_view method, const Json& params) {
  const Json nothing = Json::object();
  if (method == input_method::kElicit) {
    return Json{{"elicitation", {{is_url(method, params) ? "url" : "form", nothing}}}};
  }
  if (method == input_method::kListRoots) return Json{{"roots", nothing}};
  const bool has_tools = member(params, "tools") != nullptr || member(params, "toolChoice") != nullptr;
  return Json{{"sampling", has_tools ? Json{{"tools", nothing}} : nothing}};
}

InputRequest for_revision(InputRequest request, const Revision& revision) {
  if (request.method != input_method::kElicit) return request;
  if (is_url(request.method, request.params)) {
    // Only 2025-11-25 names the flow, to tell later that it is over.
    if (revision.is_stateless)
      request.params.erase("elicitationId");
    else if (!request.params.contains("elicitationId"))
      request.params["elicitationId"] = random_id();
    return request;
  }
  if (revision.has_elicitation_url) return request;
  request.params.erase("mode");
  if (Json* properties = form_properties(request.params)) {
    for (auto& [name, property] : properties->items()) property = plain_property(std::move(property));
  }
  return request;
}

bool is_answer(const InputRequest& request, const Json& answer) {
  if (!answer.is_object()) return false;
  if (request.method == input_method::kElicit) return is_elicit_result(request.params, answer);
  if (request.method == input_method::kListRoots) {
    const Json* roots = member(answer, "roots");
    return roots != nullptr && roots->is_array();
  }
  const Json* content = member(answer, "content");
  return content != nullptr && content->is_structured();
}

Json to_input_request(const InputRequest& request) {
  Json asked{{"method", request.method}};
  if (!request.params.is_null()) asked["params"] = request.params;
  return asked;
}

bool RequestContext::can(std::string_view method, const Json& params) const {
  if (input == nullptr || revision == nullptr) return false;
  if (method == input_method::kElicit) {
    const bool is_known = is_url(method, params) ? revision->has_elicitation_url : revision->has_elicitation;
    if (!is_known) return false;
  }
  return missing_capabilities(client_capabilities, capabilities_for(method, params)).empty();
}

Result<std::vector<Json>> RequestContext::ask(std::span<const InputRequest> requests, AnswerProof proof) {
  Json missing = Json::object();
  std::vector<InputRequest> known;
  for (const InputRequest& request : requests) {
    if (!can(request.method, request.params)) {
      missing.merge_patch(capabilities_for(request.method, request.params));
    } else if (missing.empty()) {
      known.push_back(for_revision(request, *revision));
    }
  }
  if (!missing.empty()) return missing_capability(std::move(missing));
  auto answers = input->ask(known, proof);
  if (!answers || revision->has_elicitation_url) return answers;
  for (std::size_t i = 0; i < requests.size(); ++i) restore_lists(requests[i], answers->at(i));
  return answers;
}

Result<Json> RequestContext::ask(const InputRequest& request, AnswerProof proof) {
  auto answers = ask(std::span(&request, 1), proof);
  if (!answers) return std::move(answers).error();
  return std::move(answers->front());
}

}  // namespace apmcp::mcp

#include "mcp/admission.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "base/json_parse.h"
#include "mcp/client_capabilities.h"
#include "mcp/envelope.h"

namespace apmcp::mcp {
namespace {

Error method_not_found(const std::string& method) {
  return {.code = ErrorCode::kMethodNotFound, .message = "Method not found: " + method.substr(0, 64)};
}

Error header_mismatch(std::string_view header, std::string_view member) {
  return {.code = ErrorCode::kHeaderMismatch,
          .message =
              "The header " + std::string(header) + " must be there and say the same as " + std::string(member) + "."};
}

bool says(const HeaderLookup& headers, std::string_view name, std::string_view expected) {
  const std::string* value = headers(name);
  return value != nullptr && *value == expected;
}

/// nullptr when there is no such method here, or nothing that it could be about.
const McpServer::Method* find_offered(const McpServer& server, const std::string& name) {
  const McpServer::Method* method = McpServer::find_method(name);
  return method != nullptr && server.offers(*method) ? method : nullptr;
}

/// The parameter that names what a request is about, and its copy in the header Mcp-Name.
std::optional<Error> check_name(const McpServer::Method& method, const Json& params, const HeaderLookup* headers) {
  if (method.name_member.empty()) return std::nullopt;
  const std::string key(method.name_member);
  const Json* name = member(params, key);
  if (name == nullptr || !name->is_string()) {
    return Error{.code = ErrorCode::kInvalidParams, .message = "\"" + key + "\" must be a string."};
  }
  if (headers == nullptr) return std::nullopt;
  const std::string* header = (*headers)("mcp-name");
  const auto value = header == nullptr ? std::nullopt : decode_header_value(*header);
  if (!value || *value != name->get_ref<const std::string&>()) return header_mismatch("Mcp-Name", "params." + key);
  return std::nullopt;
}

/// The arguments of a tool that its schema wants repeated in headers Mcp-Param-*.
std::optional<Error> check_mirrored(const McpServer& server, const McpServer::Method& method, const Json& params,
                                    const HeaderLookup& headers) {
  if (method.family != McpServer::Family::kTools || method.name_member.empty()) return std::nullopt;
  static const Json no_arguments = Json::object();
  const Json* arguments = member(params, "arguments");
  if (arguments == nullptr) arguments = &no_arguments;
  for (const MirroredArgument& mirrored :
       server.tools().mirrored_arguments(params["name"].get_ref<const std::string&>())) {
    const std::string* header = headers(mirrored.header);
    const auto value = header == nullptr ? std::nullopt : decode_header_value(*header);
    const bool agrees = header == nullptr ? is_absent(mirrored, *arguments)
                                          : value.has_value() && says_the_same(mirrored, *arguments, *value);
    if (!agrees) return header_mismatch(mirrored.header, "its argument");
  }
  return std::nullopt;
}

Result<Admitted> admit_stateless(const McpServer& server, const jsonrpc::Request& request, const Arrival& arrival) {
  auto envelope = read_envelope(request.params);
  if (!envelope) return std::move(envelope).error();
  const HeaderLookup* headers = arrival.headers;
  if (headers != nullptr && !says(*headers, "mcp-protocol-version", envelope->version)) {
    return header_mismatch("MCP-Protocol-Version", "the version in _meta");
  }
  const auto revision = find_stateless(envelope->version);
  if (!revision) return revision.error();
  envelope->context.revision = *revision;
  if (headers != nullptr && !says(*headers, "mcp-method", request.method))
    return header_mismatch("Mcp-Method", "method");

  const McpServer::Method* method = find_offered(server, request.method);
  if (method == nullptr || !method->stateless) return method_not_found(request.method);
  if (auto error = check_name(*method, request.params, headers)) return *std::move(error);
  Json missing = missing_capabilities(envelope->context.client_capabilities,
                                      server.required_capabilities(*method, request.params));
  if (!missing.empty()) return missing_capability(std::move(missing));
  if (headers != nullptr) {
    if (auto error = check_mirrored(server, *method, request.params, *headers)) return *std::move(error);
  }
  return Admitted{.method = method, .context = std::move(envelope->context)};
}

Error without_handshake(const McpServer::Method* method, bool is_stateless_only) {
  const bool needs_envelope = is_stateless_only || (method != nullptr && !method->with_handshake);
  if (needs_envelope) {
    return {.code = ErrorCode::kInvalidParams, .message = "The request needs _meta with the protocol version."};
  }
  return {.code = ErrorCode::kNotInitialized,
          .message = "Not initialized: send initialize first, or _meta with every request."};
}

Result<Admitted> admit_after_handshake(const McpServer& server, const jsonrpc::Request& request,
                                       const Arrival& arrival) {
  const McpServer::Method* method = find_offered(server, request.method);
  Admitted admitted{.method = method, .context = arrival.handshake.context()};
  if (admitted.context.revision == nullptr) {
    if (method == nullptr || !method->before_handshake || arrival.is_stateless_only) {
      return without_handshake(method, arrival.is_stateless_only);
    }
  } else if (method == nullptr || !method->with_handshake) {
    return method_not_found(request.method);
  }
  if (arrival.is_in_batch && method->before_handshake && request.method != "ping") {
    return Error{.code = ErrorCode::kInvalidRequest, .message = "initialize must not be part of a batch."};
  }
  if (auto error = check_name(*method, request.params, nullptr)) return *std::move(error);
  read_progress_token(request.params, admitted.context);
  return admitted;
}

}  // namespace

Result<Admitted> admit(const McpServer& server, const jsonrpc::Request& request, const Arrival& arrival) {
  return has_envelope(request.params) ? admit_stateless(server, request, arrival)
                                      : admit_after_handshake(server, request, arrival);
}

std::optional<std::string> decode_header_value(std::string_view value) {
  const bool is_plain =
      std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
  if (!is_plain) return std::nullopt;
  constexpr std::string_view kPrefix = "=?base64?";
  constexpr std::string_view kSuffix = "?=";
  const bool is_encoded =
      value.size() >= kPrefix.size() + kSuffix.size() && value.starts_with(kPrefix) && value.ends_with(kSuffix);
  if (!is_encoded) return std::string(value);
  value.remove_prefix(kPrefix.size());
  value.remove_suffix(kSuffix.size());
  return decode_base64(value);
}

}  // namespace apmcp::mcp

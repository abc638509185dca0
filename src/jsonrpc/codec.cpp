#include "jsonrpc/codec.h"

#include <algorithm>
#include <utility>

namespace apmcp::jsonrpc {
namespace {

/// Absent for what is not an integer of that range: 2^64-1 does not become -1.
std::optional<std::int64_t> to_int64(const Json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && !std::in_range<std::int64_t>(value.get<std::uint64_t>())) return std::nullopt;
  return value.get<std::int64_t>();
}

Undecodable undecodable(int error_code, std::string message, std::optional<Id> id = std::nullopt) {
  return {.error = {.code = error_code, .message = std::move(message)}, .id = std::move(id)};
}

Response malformed_response(std::optional<Id> id) {
  return {.id = std::move(id), .error = RpcError{.code = code::kInvalidRequest, .message = "malformed response"}};
}

Response decode_response(Json& object, std::optional<Id> id, bool is_version_right) {
  const auto error = object.find("error");
  const auto result = object.find("result");
  const bool has_both = error != object.end() && result != object.end();
  if (!is_version_right || (has_both && !error->is_null() && !result->is_null())) {
    return malformed_response(std::move(id));
  }
  // Some serializers write the other member as null.
  const bool is_result = result != object.end() && (!has_both || error->is_null());
  Response response{.id = std::move(id)};
  if (is_result) {
    response.result = std::move(*result);
    return response;
  }
  RpcError rpc_error{.message = "unspecified"};
  if (error->is_object()) {
    if (const auto number = error->find("code"); number != error->end()) {
      if (const auto value = to_int64(*number); value && std::in_range<int>(*value)) {
        rpc_error.code = static_cast<int>(*value);
      }
    }
    if (const auto text = error->find("message"); text != error->end() && text->is_string()) {
      rpc_error.message = text->get<std::string>();
    }
  }
  response.error = std::move(rpc_error);
  return response;
}

std::variant<Message, Undecodable> decode_object(Json& object) {
  if (!object.is_object()) return undecodable(code::kInvalidRequest, "a message must be a JSON object");
  std::optional<Id> id;
  const auto raw_id = object.find("id");
  if (raw_id != object.end()) id = to_id(*raw_id);
  const auto method = object.find("method");
  const auto version = object.find("jsonrpc");
  const bool is_version_right = version != object.end() && *version == "2.0";
  if (method == object.end() && (object.contains("result") || object.contains("error"))) {
    return decode_response(object, std::move(id), is_version_right);
  }
  if (raw_id != object.end() && !id) {
    return undecodable(code::kInvalidRequest, "\"id\" must be an integer, or a string of at most 1024 bytes");
  }
  if (!is_version_right) {
    return undecodable(code::kInvalidRequest, "\"jsonrpc\" must be \"2.0\"",
                       method == object.end() ? std::nullopt : id);
  }
  if (method == object.end()) {
    return undecodable(code::kInvalidRequest, "a message needs \"method\", or one of \"result\" and \"error\"");
  }
  if (!method->is_string()) return undecodable(code::kInvalidRequest, "\"method\" must be a string", id);
  Json params = nullptr;
  if (const auto found = object.find("params"); found != object.end()) {
    // Only a request is told; a notification must not be answered, so its bad params are left to its handler.
    if (!found->is_object() && id) return undecodable(code::kInvalidParams, "\"params\" must be an object", id);
    params = std::move(*found);
  }
  if (id) {
    return Request{.id = *std::move(id), .method = method->get<std::string>(), .params = std::move(params)};
  }
  return Notification{.method = method->get<std::string>(), .params = std::move(params)};
}

Decoded only(std::variant<Message, Undecodable> item) {
  Decoded decoded;
  decoded.items.push_back(std::move(item));
  return decoded;
}

Decoded refused(JsonFailure failure) {
  if (failure.is_response) return only(malformed_response(std::nullopt));
  const int error_code = failure.is_limit ? code::kInvalidRequest : code::kParseError;
  return only(undecodable(error_code, "message refused: " + failure.message, std::move(failure.id)));
}

std::string dump_id(const Id& id) {
  if (const auto* number = std::get_if<std::int64_t>(&id)) return std::to_string(*number);
  return dump_json(std::get<std::string>(id));
}

}  // namespace

std::optional<Id> to_id(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.size() <= kMaxJsonIdBytes ? std::optional<Id>(text) : std::nullopt;
  }
  const auto number = to_int64(value);
  return number ? std::optional<Id>(*number) : std::nullopt;
}

Decoded decode(std::string_view text) {
  auto parsed = parse_json_detailed(text, JsonLimits{});
  if (auto* failure = std::get_if<JsonFailure>(&parsed)) return refused(std::move(*failure));
  Json& value = std::get<ParsedJson>(parsed).value;
  if (!value.is_array()) return only(decode_object(value));

  if (value.empty() || value.size() > kMaxBatch) {
    return only(
        undecodable(code::kInvalidRequest, "a batch must hold 1 to " + std::to_string(kMaxBatch) + " messages"));
  }
  Decoded decoded{.is_batch = true};
  for (Json& item : value) decoded.items.push_back(decode_object(item));
  return decoded;
}

Decoded decode_cut(std::string_view head, std::string_view tail, std::string message) {
  return refused(inspect_cut_json(head, tail, std::move(message)));
}

std::size_t count_answers(const Decoded& decoded) {
  return static_cast<std::size_t>(std::count_if(decoded.items.begin(), decoded.items.end(), [](const auto& item) {
    const auto* message = std::get_if<Message>(&item);
    return message == nullptr || std::holds_alternative<Request>(*message);
  }));
}

std::string encode_result(const Id& id, std::string_view result) {
  std::string line;
  line.reserve(result.size() + 64);
  line += R"({"jsonrpc":"2.0","id":)";
  line += dump_id(id);
  line += R"(,"result":)";
  line += result;
  line += '}';
  return line;
}

std::string encode_error(const std::optional<Id>& id, const RpcError& error) {
  std::string line = R"({"jsonrpc":"2.0",)";
  if (id) line += R"("id":)" + dump_id(*id) + ',';
  line += R"("error":{"code":)" + std::to_string(error.code) + R"(,"message":)" + dump_json(error.message);
  if (!error.data.is_null()) line += R"(,"data":)" + dump_json(error.data);
  line += "}}";
  return line;
}

std::string encode_request(const Id& id, std::string_view method, const Json& params) {
  std::string line = R"({"jsonrpc":"2.0","id":)" + dump_id(id) + R"(,"method":)" + dump_json(method);
  if (!params.is_null()) line += R"(,"params":)" + dump_json(params);
  line += '}';
  return line;
}

std::string encode_notification(std::string_view method, const Json& params) {
  std::string line = R"({"jsonrpc":"2.0","method":)" + dump_json(method);
  if (!params.is_null()) line += R"(,"params":)" + dump_json(params);
  line += '}';
  return line;
}

}  // namespace apmcp::jsonrpc

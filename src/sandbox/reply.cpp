#include "sandbox/reply.h"

namespace apmcp::sandbox {

Reply ok(Json body) {
  return {.status = 200, .body = std::move(body)};
}

Reply refuse(int status, std::string_view text) {
  return {.status = status, .body = {{"detail", text}}};
}

Reply invalid(const std::vector<FieldError>& errors) {
  Json rows = Json::array();
  for (const FieldError& error : errors) {
    rows.push_back({{"loc", error.where}, {"msg", error.message}, {"type", error.type}});
  }
  return {.status = 422, .body = {{"detail", std::move(rows)}}};
}

Reply invalid_field(std::string_view field, std::string_view message, std::string_view type) {
  return invalid({{.where = {"body", std::string(field)}, .message = std::string(message), .type = std::string(type)}});
}

Reply coded(int status, std::string_view code, std::string_view type, std::string_view text) {
  return {.status = status, .body = {{"error", {{"message", text}, {"code", code}, {"type", type}}}}};
}

}  // namespace apmcp::sandbox

#include "mcp/envelope.h"

#include <array>
#include <string>
#include <utility>

#include "base/json_parse.h"
#include "mcp/revision.h"

namespace apmcp::mcp {
namespace {

constexpr const char* kVersionKey = "io.modelcontextprotocol/protocolVersion";
constexpr const char* kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
constexpr const char* kClientInfoKey = "io.modelcontextprotocol/clientInfo";
constexpr const char* kLogLevelKey = "io.modelcontextprotocol/logLevel";

constexpr std::array<std::string_view, 8> kLevelNames{"debug", "info",     "notice", "warning",
                                                      "error", "critical", "alert",  "emergency"};

const Json* meta_of(const Json& params) {
  return member(params, "_meta");
}

Error invalid(const char* key, const char* expected) {
  return {.code = ErrorCode::kInvalidParams,
          .message = std::string("_meta[\"") + key + "\"] must be " + expected + "."};
}

}  // namespace

bool is_implementation(const Json& info) {
  const Json* name = member(info, "name");
  const Json* version = member(info, "version");
  return name != nullptr && name->is_string() && version != nullptr && version->is_string();
}

bool has_envelope(const Json& params) {
  const Json* meta = meta_of(params);
  return meta != nullptr && member(*meta, kVersionKey) != nullptr;
}

Result<Envelope> read_envelope(const Json& params) {
  const Json* meta = meta_of(params);
  const Json* version = meta == nullptr ? nullptr : member(*meta, kVersionKey);
  if (version == nullptr || !version->is_string()) return invalid(kVersionKey, "a protocol version");
  const Json* capabilities = member(*meta, kCapabilitiesKey);
  if (capabilities == nullptr || !capabilities->is_object()) return invalid(kCapabilitiesKey, "an object");

  RequestContext context;
  context.client_capabilities = *capabilities;
  if (const Json* info = member(*meta, kClientInfoKey)) {
    if (!is_implementation(*info)) return invalid(kClientInfoKey, "an object with \"name\" and \"version\"");
    context.client_name = (*info)["name"].get<std::string>();
  }
  if (const Json* level = member(*meta, kLogLevelKey)) {
    context.log_level = level->is_string() ? parse_log_level(level->get_ref<const std::string&>()) : std::nullopt;
    if (!context.log_level)
      return invalid(kLogLevelKey, "one of debug, info, notice, warning, error, critical, alert, emergency");
  }
  read_progress_token(params, context);
  return Envelope{.version = version->get<std::string>(), .context = std::move(context)};
}

Result<const Revision*> find_stateless(const std::string& version) {
  const Revision* revision = find_revision(version);
  if (revision != nullptr && revision->is_stateless) return revision;
  return Error{.code = ErrorCode::kUnsupportedRevision,
               .message = "Unsupported protocol version in _meta. This server speaks " + known_versions() + ".",
               .data = Json{{"supported", stateless_versions()}, {"requested", version}}};
}

void read_progress_token(const Json& params, RequestContext& context) {
  const Json* meta = meta_of(params);
  const Json* token = meta == nullptr ? nullptr : member(*meta, "progressToken");
  if (token != nullptr && (token->is_string() || token->is_number_integer())) context.progress_token = *token;
}

std::optional<LogLevel> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames.at(i) == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

std::string_view log_level_name(LogLevel level) {
  return kLevelNames.at(static_cast<std::size_t>(level));
}

std::string known_versions() {
  std::string known;
  for (const Revision& revision : revisions()) known.append(known.empty() ? "" : ", ").append(revision.date);
  return known;
}

Json stateless_versions() {
  Json versions = Json::array();
  for (const Revision& revision : revisions()) {
    if (revision.is_stateless) versions.push_back(revision.date);
  }
  return versions;
}

void RequestContext::progress(double done, std::optional<double> total, std::string_view message) {
  if (sink == nullptr || progress_token.is_null()) return;
  Json params{{"progressToken", progress_token}, {"progress", done}};
  if (total) params["total"] = *total;
  if (!message.empty() && revision != nullptr && revision->has_progress_message) params["message"] = message;
  sink->notify("notifications/progress", params);
}

void RequestContext::log(LogLevel level, std::string_view logger, Json data) {
  if (sink == nullptr || !log_level || level < *log_level) return;
  sink->notify("notifications/message",
               Json{{"level", log_level_name(level)}, {"logger", logger}, {"data", std::move(data)}});
}

}  // namespace apmcp::mcp

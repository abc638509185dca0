#pragma once

#include <string>

#include "agentphone_mcp/tool.h"
#include "mcp/revision.h"

namespace apmcp::mcp {

/// Where results of the stateless revision say who answers.
inline constexpr const char* kServerInfoKey = "io.modelcontextprotocol/serverInfo";

/// True when `params` carries the stateless revision's claim, whatever its value (2026-07-28, "Versioning").
bool has_envelope(const Json& params);

/// True for an object with the two members that every revision asks of Implementation.
bool is_implementation(const Json& info);

/// What `_meta` of a stateless request says.
struct Envelope {
  std::string version;     ///< as claimed; not checked
  RequestContext context;  ///< without a revision
};

/// kInvalidParams for a malformed envelope.
Result<Envelope> read_envelope(const Json& params);

/// kUnsupportedRevision (with {"supported", "requested"}) for a version that is not served statelessly.
Result<const Revision*> find_stateless(const std::string& version);

/// Adds the progress token of `_meta`, when there is a valid one. All revisions.
void read_progress_token(const Json& params, RequestContext& context);

std::optional<LogLevel> parse_log_level(std::string_view name);
std::string_view log_level_name(LogLevel level);

/// The revisions of this server as a list for people, oldest first: "2024-11-05, 2025-03-26, ...".
std::string known_versions();

/// The versions that server/discover offers, and that a kUnsupportedRevision error names.
Json stateless_versions();

}  // namespace apmcp::mcp

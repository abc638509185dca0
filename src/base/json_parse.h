#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "agentphone_mcp/result.h"

namespace apmcp {

/// What a JSON text may hold before it is refused. Applied while parsing, so that a hostile text costs no more
/// than a good one: nothing is built beyond a limit, and duplicate keys never decide anything by being last.
struct JsonLimits {
  std::size_t bytes = std::size_t{4} << 20;         ///< whole text, bytes
  std::size_t depth = 64;                           ///< nested arrays and objects
  std::size_t nodes = 100'000;                      ///< values, the root included
  std::size_t key_bytes = 256;                      ///< one object key, bytes
  std::size_t string_bytes = std::size_t{1} << 20;  ///< one string, bytes
  std::size_t members = 256;                        ///< members of one object
};

/// Limits for what AgentPhone sends: long lists are normal there, hostile nesting is not.
JsonLimits upstream_json_limits();

/// The longest string that is taken as an id, bytes.
inline constexpr std::size_t kMaxJsonIdBytes = 1024;

/// The id of a JSON-RPC message, as far as it could be read.
using JsonId = std::variant<std::int64_t, std::string>;

struct ParsedJson {
  Json value;
};

struct JsonFailure {
  bool is_limit = false;     ///< well-formed so far but over a limit or with a duplicate key
  std::string message;       ///< what was wrong; never quotes the input
  std::optional<JsonId> id;  ///< "id" of the root object, seen before or after the fault; absent for a response
  bool is_response = false;  ///< the root object has "result" or "error", and no "method" before the fault
};

/// Parses UTF-8 JSON within `limits`. Pure and thread-safe; throws nothing.
std::variant<ParsedJson, JsonFailure> parse_json_detailed(std::string_view text, const JsonLimits& limits);

/// The same for callers that only need the value: a failure is Error{kParse}.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// What could be read of a root object from its beginning and its end, as a failure with `message`: is_limit, id and
/// is_response are set.
JsonFailure inspect_cut_json(std::string_view head, std::string_view tail, std::string message);

/// The value of `key`; nullptr when `object` is no object or has no such member.
const Json* member(const Json& object, std::string_view key);

/// Compact UTF-8 text. Bytes that are not UTF-8 become U+FFFD, so this never throws.
std::string dump_json(const Json& value);

}  // namespace apmcp

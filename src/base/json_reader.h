#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/result.h"

namespace apmcp {

/// Typed, range-checked reading of one JSON object. It keeps the first mistake with its path, so that the caller
/// reads all fields straight and asks once at the end. Never narrows, never converts a type silently.
///
///   JsonReader in(json, "call");
///   Call call{.id = in.str("id"), .ended_at = in.opt_str("endedAt")};
///   if (in.failed()) return in.error(ErrorCode::kInvalidUpstream);
///
/// A member that is absent, null, or (for opt_*) of the wrong type counts as absent for the opt_ forms: upstream
/// says null where it means nothing. Not thread-safe; lives no longer than the Json it reads.
class JsonReader {
 public:
  JsonReader(const Json& value, std::string_view path);

  std::string str(std::string_view key);
  std::int64_t integer(std::string_view key);
  bool boolean(std::string_view key);

  std::optional<std::string> opt_str(std::string_view key);
  std::optional<std::int64_t> opt_integer(std::string_view key);
  std::optional<double> opt_number(std::string_view key);
  std::optional<bool> opt_boolean(std::string_view key);
  std::vector<std::string> strings(std::string_view key);  ///< string items of an array; empty when absent

  /// Array or object member; nullptr when absent or of another type.
  const Json* array(std::string_view key) const;
  const Json* object(std::string_view key) const;

  [[nodiscard]] bool failed() const { return !mistake_.empty(); }

  [[nodiscard]] Error error(ErrorCode code) const;

 private:
  const Json* find(std::string_view key) const;
  void mistake(std::string_view key, std::string_view expected);

  const Json& value_;
  std::string path_;
  std::string mistake_;
};

}  // namespace apmcp

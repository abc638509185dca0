#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

namespace apmcp {

/// The one JSON type. It keeps the order of keys, because people and models read what we write.
using Json = nlohmann::ordered_json;

/// Why something did not work. One row each in mcp/wire_error.cpp and docs/design.md.
enum class ErrorCode {
  kParse,                ///< not JSON, or over a limit of the parser
  kInvalidRequest,       ///< JSON, but not a message that may be sent here
  kMethodNotFound,       ///< unknown method, or one whose capability is not offered
  kInvalidParams,        ///< malformed params, unknown tool, unknown cursor
  kNotInitialized,       ///< a legacy request before `initialize`
  kUnsupportedRevision,  ///< a protocol revision this server does not speak
  kHeaderMismatch,       ///< an HTTP header is missing or disagrees with the body (2026-07-28)
  kMissingCapability,    ///< the request needs something that its client did not declare; data.requiredCapabilities
  kInputRequired,        ///< not a failure: the client is asked for input first (see RequestContext::ask)
  kInputRefused,         ///< the client was asked: an error, an unusable answer, or a no; data.client_code or .answer
  kNoSuchResource,       ///< resources/read of an unknown URI; data.uri
  kCancelled,            ///< the caller gave up; nothing is answered
  kBusy,                 ///< a bounded queue is full
  kBadArguments,         ///< tool arguments that do not fit the tool's input schema
  kPolicyDenied,         ///< refused by a rule of this server (blocked destination, key in an argument)
  kNeedsConfirmation,    ///< the tool would spend or destroy and `confirm` was not true
  kUnauthorized,         ///< no API key, or one that AgentPhone refuses
  kNotFound,             ///< AgentPhone does not know the id
  kConflict,             ///< AgentPhone refuses in the present state (409 and business rules, 400)
  kForbidden,            ///< AgentPhone refuses this destination, sender or feature (403)
  kInvalidUpstream,      ///< AgentPhone found a field invalid (422), or answered something unreadable
  kBalance,              ///< AgentPhone wants money first (402)
  kRateLimited,          ///< throttled (429); nothing was done
  kTimeout,              ///< a read ran out of time
  kUpstreamDown,         ///< not reachable (nothing was sent), or 5xx on a read
  kOutcomeUnknown,       ///< a write was sent and its result is not known
  kInternal,             ///< our own fault; the text is generic
};

/// Stable snake_case name of a code, as it stands in tool results ("rate_limited").
std::string_view error_code_name(ErrorCode code);

/// What went wrong, for a model or a person to act on. Never holds a key, a message body or upstream HTML.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;    ///< one or two sentences: what is wrong, naming the field or id
  std::string next_step;  ///< what to do about it; may be empty for protocol errors
  Json data = nullptr;    ///< facts for a program (field, expected, preview, ...); object or null
  std::optional<std::chrono::seconds> retry_after;  ///< how long to wait, when known
};

/// A value or an Error. Both constructors are implicit so that `return error;` and `return value;` read alike.
template <typename T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }

  explicit operator bool() const { return ok(); }

  /// Only when ok().
  T& operator*() & { return *std::get_if<0>(&state_); }

  const T& operator*() const& { return *std::get_if<0>(&state_); }

  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }

  T* operator->() { return std::get_if<0>(&state_); }

  const T* operator->() const { return std::get_if<0>(&state_); }

  /// Only when !ok().
  [[nodiscard]] const Error& error() const& { return *std::get_if<1>(&state_); }

  [[nodiscard]] Error& error() & { return *std::get_if<1>(&state_); }

  [[nodiscard]] Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

struct Unit {};

/// For operations that give nothing back but may fail.
using Status = Result<Unit>;

}  // namespace apmcp

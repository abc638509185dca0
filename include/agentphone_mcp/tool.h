#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "agentphone_mcp/result.h"

namespace apmcp {

class Secret;

namespace mcp {

struct Revision;

/// Severity of a log notification to the client (RFC 5424 names; all revisions, "logging").
enum class LogLevel { kDebug, kInfo, kNotice, kWarning, kError, kCritical, kAlert, kEmergency };

/// Where a running request may send notifications. Thread-safe; after the request was answered or cancelled they are
/// dropped.
class NotificationSink {
 public:
  NotificationSink() = default;
  NotificationSink(const NotificationSink&) = delete;
  NotificationSink& operator=(const NotificationSink&) = delete;
  virtual ~NotificationSink() = default;

  virtual void notify(std::string_view method, const Json& params) = 0;

  /// Lets go of the connection that waits for this request, where the client can come back for the answer
  /// (2025-11-25 over HTTP); it is asked to wait for `retry` first. Elsewhere nothing happens.
  virtual void release_connection(std::chrono::milliseconds retry) { static_cast<void>(retry); }
};

/// Everything a handler may know about the request it serves. Passed by value, so that the stateless revision needs no
/// session: nothing in it refers to the connection but the sink.
struct RequestContext {
  const Revision* revision =
      nullptr;  ///< facts of the protocol revision that this message speaks; never null in a handler
  Json client_capabilities = Json::object();
  std::string client_name;  ///< for display and logs only
  std::string caller;       ///< whose request this is, where the transport can tell; empty: the one client
  std::shared_ptr<const Secret> caller_key;  ///< what the caller brought to act with; null: the server's own key
  std::stop_token stop;                      ///< fires when the client cancels, or at shutdown after the grace period
  std::optional<LogLevel> log_level;         ///< lowest level the client asked for; absent: send no log notification
  Json progress_token = nullptr;             ///< string or integer as sent; null: the client did not ask for progress
  NotificationSink* sink = nullptr;          ///< may be null (tests); then progress() and log() do nothing

  /// notifications/progress, only when the client gave a token. `done` must rise from call to call.
  void progress(double done, std::optional<double> total, std::string_view message);

  /// notifications/message, only at or above the level the client asked for. Never put a secret or a body into it.
  void log(LogLevel level, std::string_view logger, Json data);
};

/// What a tool gives back when it worked. `structured` alone must tell the whole answer, the next step included,
/// because some clients show nothing else; `text` is the same for clients and people that read only text.
struct ToolOutput {
  Json structured = Json::object();
  std::string text;
};

/// Runs a tool. `arguments` already fits the input schema. Called on a worker thread, several at once.
using ToolHandler = std::function<Result<ToolOutput>(const Json& arguments, RequestContext& context)>;

/// How a tool looks to clients. All views must outlive the registry; the embedded definitions do.
struct ToolDefinition {
  std::string_view name;          ///< snake_case, at most 25 characters
  std::string_view wire;          ///< compact JSON object as listed: name, title, description, schemas, annotations
  std::string_view input_schema;  ///< compact JSON, the inputSchema alone
  std::string_view example;  ///< compact JSON object: arguments of a good call; fields of error messages come from it
  std::string_view effect;   ///< "reads", "writes", "spends" or "destroys"; not sent to clients
};

/// A tool as the server offers it.
struct Tool {
  ToolDefinition definition;
  ToolHandler handler;
};

}  // namespace mcp
}  // namespace apmcp

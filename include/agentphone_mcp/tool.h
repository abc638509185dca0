#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agentphone_mcp/input.h"
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
  /// Fires when the client cancels, and a second after the end of its connection: for what only reads or waits.
  std::stop_token stop;
  /// For requests that change something: fires when the client cancels, and at shutdown after the grace period. Not set
  /// where `stop` is for both.
  std::stop_token write_stop;
  bool goes_on_as_task = false;  ///< the tool's follow_up comes after its answer: nothing is gained by waiting in it
  std::stop_token cancelled;     ///< in a task: fires, before `stop`, when its client cancels it, and not at shutdown
  std::optional<LogLevel> log_level;  ///< lowest level the client asked for; absent: send no log notification
  Json progress_token = nullptr;      ///< string or integer as sent; null: the client did not ask for progress
  NotificationSink* sink = nullptr;   ///< may be null (tests); then progress() and log() do nothing
  InputChannel* input = nullptr;      ///< may be null (tests; methods that must not ask); then can() is false
  /// The handler's own facts between its runs (2026-07-28) and between preflight and handler: small, and readable by
  /// the client, which carries them. Nobody else can change them.
  Json state = Json::object();

  [[nodiscard]] const std::stop_token& stop_of_writes() const { return write_stop.stop_possible() ? write_stop : stop; }

  /// True in the work of a task, which has lent its worker's place already.
  [[nodiscard]] bool is_task() const { return cancelled.stop_possible(); }

  /// notifications/progress, only when the client gave a token. `done` must rise from call to call.
  void progress(double done, std::optional<double> total, std::string_view message);

  /// True when the client declared that it can serve `method` (see input_method) with these params.
  [[nodiscard]] bool can(std::string_view method, const Json& params = nullptr) const;

  /// Asks the client and gives its answers, in order: an ElicitResult, CreateMessageResult or ListRootsResult each.
  /// An accepted form has all required properties; decline and cancel are answers like any other.
  ///
  /// Handshake revisions: the call waits for the client, 10 minutes at most. 2026-07-28: the answers are there at once
  /// or the error is kInputRequired, and the handler runs again from its beginning when the client comes back. So
  /// return any error at once, and do nothing that cannot be undone or done twice before the last ask().
  ///
  /// kMissingCapability (nothing was sent), kInputRequired, kInputRefused (the client answered with an error, or not
  /// usably), kTimeout, kCancelled. kInvalidParams when sealed state was used before.
  Result<std::vector<Json>> ask(std::span<const InputRequest> requests, AnswerProof proof = AnswerProof::kNone);

  /// The same for one question.
  Result<Json> ask(const InputRequest& request, AnswerProof proof = AnswerProof::kNone);

  /// notifications/message, only at or above the level the client asked for. Never put a secret or a body into it.
  void log(LogLevel level, std::string_view logger, Json data);
};

/// What a tool gives back when it worked. When there is `structured`, it alone must tell the whole answer, the next
/// step included, because some clients show nothing else; `text` is the same for clients and people that read only
/// text.
struct ToolOutput {
  Json structured = nullptr;  ///< object, as the tool's output schema says; null: the tool has none
  std::string text;           ///< may be empty when there is `content`
  Json content =
      Json::array();  ///< blocks after the text, as the newest revision has them: image, audio, resource, ...
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

/// Runs before a tool's handler and in the same run as the request, so that it can ask the client before the call
/// becomes a task. What the handler needs of the answers goes into context.state.
using ToolPreflight = std::function<Status(const Json& arguments, RequestContext& context)>;

/// What goes on after the handler, as a task: it gets what the handler left in context.state and nothing else, so that
/// another process can take it up after a restart. It may run twice then, so it changes nothing on its way. Its
/// progress messages become the task's status message.
using ToolFollowUp = std::function<Result<ToolOutput>(const Json& state, RequestContext& context)>;

/// Whether a call may go on after its answer as a task (extension io.modelcontextprotocol/tasks, 2026-07-28).
enum class TaskSupport {
  kNone,
  kMay,   ///< for clients that declare the extension; others wait for the result
  kMust,  ///< clients that do not declare it get kMissingCapability
};

/// A tool as the server offers it.
struct Tool {
  ToolDefinition definition;
  ToolHandler handler;
  Json required_capabilities = nullptr;  ///< client capabilities without which it cannot work, {"sampling":{}}; or null
  TaskSupport task_support = TaskSupport::kNone;
  ToolPreflight preflight = nullptr;  ///< may be empty
  /// With kMay, where the client declares the extension: the handler runs within the request, and may ask; if it left
  /// something in context.state, the call goes on as a task with this, and else its own answer is the answer.
  ToolFollowUp follow_up = nullptr;
};

}  // namespace mcp
}  // namespace apmcp

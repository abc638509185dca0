#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "base/json_parse.h"

// JSON-RPC 2.0 as MCP uses it (all revisions, "Messages"): ids are strings or integers and never null, params are
// objects, a notification is never answered.
namespace apmcp::jsonrpc {

using Id = JsonId;

/// Error codes of JSON-RPC 2.0 and of MCP. Which of our errors becomes which: mcp/wire_error.cpp.
namespace code {
inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;
inline constexpr int kServerBusy = -32000;
inline constexpr int kResourceNotFound = -32002;            ///< handshake revisions only
inline constexpr int kHeaderMismatch = -32020;              ///< 2026-07-28 only
inline constexpr int kMissingClientCapability = -32021;     ///< 2026-07-28 only
inline constexpr int kUnsupportedProtocolVersion = -32022;  ///< 2026-07-28 only
}  // namespace code

struct RpcError {
  int code = code::kInternalError;
  std::string message;
  Json data = nullptr;  ///< null: the member is left out
};

struct Request {
  Id id;
  std::string method;
  Json params = nullptr;  ///< object; null when absent
};

struct Notification {
  std::string method;
  Json params = nullptr;  ///< object; null when absent
};

struct Response {
  std::optional<Id> id;  ///< absent: null, missing or not an id, so that it answers nothing of ours
  Json result = nullptr;
  std::optional<RpcError> error;
};

using Message = std::variant<Request, Notification, Response>;

/// A message on its way out. A line needs only its text; HTTP chooses stream and status by the rest.
struct Outgoing {
  enum class Kind { kNotification, kRequest, kResponse };

  std::string text;  ///< encoded, one line
  Kind kind = Kind::kNotification;
  /// Of a response where the revision maps errors to statuses (2026-07-28, "Streamable HTTP"); 200 everywhere else.
  int http_status = 200;
};

/// Where encoded messages of one connection or one exchange go. Thread-safe; keeps the order of calls.
class MessageSink {
 public:
  MessageSink() = default;
  MessageSink(const MessageSink&) = delete;
  MessageSink& operator=(const MessageSink&) = delete;
  virtual ~MessageSink() = default;

  /// May wait while the peer reads slowly. After the peer is gone messages are dropped.
  virtual void send(Outgoing message) = 0;

  /// False when the peer reads nothing but responses: then it cannot be asked for anything either.
  [[nodiscard]] virtual bool carries_requests() const { return true; }

  /// One request whose messages go here is over: it was answered, or cancelled and will never be. Called once for each
  /// request, and for each message that was refused, after its last message.
  virtual void request_over() {}

  /// Ends the connection that carries these messages and not what they are about, where clients come back for the rest
  /// (2025-11-25, "Streamable HTTP"); they are asked to wait for `retry` first. Elsewhere nothing happens.
  virtual void release_connection(std::chrono::milliseconds retry) { static_cast<void>(retry); }
};

}  // namespace apmcp::jsonrpc

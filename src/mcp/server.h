#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "agentphone_mcp/tool.h"
#include "mcp/revision.h"
#include "mcp/tool_registry.h"

namespace apmcp::mcp {

/// Who we are, as clients see it (Implementation of 2025-11-25; older revisions ignore what they do not know).
struct ServerInfo {
  std::string name, title, version, website_url, instructions;
};

/// What the handshake settled on one connection. The stateless revision never reads it. Thread-safe.
class Handshake {
 public:
  /// False when the connection already has one.
  bool open(const Revision& revision, Json client_capabilities, std::string client_name);

  void set_log_level(LogLevel level);

  /// What a request without an envelope knows; revision is nullptr before the handshake.
  [[nodiscard]] RequestContext context() const;

 private:
  mutable std::mutex mutex_;
  RequestContext context_;  // guarded by mutex_
};

/// The server side of the Model Context Protocol: a table of methods over the registered tools. Knows no transport and
/// no application. Immutable after construction, so all methods are thread-safe.
class McpServer {
 public:
  struct Options {
    std::size_t tools_page_size = 100;
  };

  McpServer(ServerInfo info, ToolRegistry tools, Options options);

  /// One request method. A handler returns the JSON text of its result.
  struct Method {
    std::string_view name;
    bool with_handshake;           ///< offered to 2024-11-05 .. 2025-11-25
    bool stateless;                ///< offered to 2026-07-28
    bool before_handshake;         ///< served before `initialize`
    bool is_quick;                 ///< never waits: runs on the reader, which also keeps the order of the handshake
    std::string_view name_member;  ///< the parameter that names the tool, prompt, resource or task; often none
    Result<std::string> (McpServer::*handler)(const Json& params, RequestContext& context, Handshake& handshake) const;
  };

  /// nullptr when no revision of ours has it.
  static const Method* find_method(std::string_view name);

  /// False when what the method is about was not registered, so that clients must not see it.
  [[nodiscard]] bool offers(const Method& method) const;

  /// Runs a handler; an exception becomes kInternal. `params` is an object or null.
  Result<std::string> run(const Method& method, const Json& params, RequestContext& context,
                          Handshake& handshake) const;

 private:
  Result<std::string> initialize(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> ping(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> set_log_level(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> discover(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> list_tools(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> call_tool(const Json& params, RequestContext& context, Handshake& handshake) const;

  /// The members that the stateless revision adds to every result, as JSON text to put before the closing brace.
  [[nodiscard]] std::string envelope(const RequestContext& context, std::string_view cache) const;
  [[nodiscard]] Json implementation() const;
  [[nodiscard]] Json tool_result(Result<ToolOutput> outcome, const Revision& revision) const;

  const ServerInfo info_;
  const ToolRegistry tools_;
  const Options options_;
};

}  // namespace apmcp::mcp

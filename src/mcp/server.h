#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "agentphone_mcp/tool.h"
#include "mcp/request_states.h"
#include "mcp/revision.h"
#include "mcp/tasks.h"
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
    RequestStates* request_states = nullptr;  ///< without it 2026-07-28 requests can ask in one round only
    Tasks* tasks = nullptr;                   ///< without it no call becomes a task
  };

  McpServer(ServerInfo info, ToolRegistry tools, Options options);

  /// What a method's name_member names.
  enum class Subject { kOther, kTool, kPrompt, kResource, kTask };

  /// One request method. A handler returns the JSON text of its result.
  struct Method {
    std::string_view name;
    bool with_handshake;           ///< offered to 2024-11-05 .. 2025-11-25
    bool stateless;                ///< offered to 2026-07-28
    bool before_handshake;         ///< served before `initialize`
    bool is_quick;                 ///< never waits: runs on the reader, which also keeps the order of the handshake
    std::string_view name_member;  ///< the parameter that names the tool, prompt, resource or task; often none
    Result<std::string> (McpServer::*handler)(const Json& params, RequestContext& context, Handshake& handshake) const;
    Subject subject = Subject::kOther;

    /// True for the methods that may ask the client for input (2026-07-28, "Multi Round-Trip Requests").
    [[nodiscard]] bool may_ask() const {
      return subject == Subject::kTool || subject == Subject::kPrompt || subject == Subject::kResource;
    }
  };

  /// nullptr when no revision of ours has it.
  static const Method* find_method(std::string_view name);

  /// False when what the method is about was not registered, so that clients must not see it.
  [[nodiscard]] bool offers(const Method& method) const;

  /// The client capabilities that the request cannot do without: of its tool, or of the tasks extension.
  [[nodiscard]] Json required_capabilities(const Method& method, const Json& params) const;

  [[nodiscard]] const ToolRegistry& tools() const { return tools_; }

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

  Result<std::string> get_task(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> update_task(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> cancel_task(const Json& params, RequestContext& context, Handshake& handshake) const;

  /// One round of a stateless request that may ask for input.
  Result<std::string> run_round(const Method& method, const Json& params, RequestContext& context,
                                Handshake& handshake) const;
  [[nodiscard]] bool has_tasks() const;
  [[nodiscard]] bool becomes_task(const Tool& tool, const RequestContext& context) const;
  Result<std::string> start_task(const Tool& tool, const Json& arguments, const RequestContext& context) const;

  /// "_meta" with our name, a member of every result of the stateless revision.
  [[nodiscard]] std::string meta() const;
  /// The members that the stateless revision adds to every result, as JSON text to put before the closing brace.
  [[nodiscard]] std::string envelope(const RequestContext& context, std::string_view cache) const;
  [[nodiscard]] Json implementation() const;
  [[nodiscard]] static Json tool_result(Result<ToolOutput> outcome, const Revision& revision);

  const ServerInfo info_;
  const ToolRegistry tools_;
  const Options options_;
};

}  // namespace apmcp::mcp

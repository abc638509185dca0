#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agentphone_mcp/tool.h"
#include "mcp/prompt_registry.h"
#include "mcp/request_states.h"
#include "mcp/resource_registry.h"
#include "mcp/revision.h"
#include "mcp/subscriptions.h"
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
  /// `subscription` is what the connection asks to be told; nullptr where it can be told nothing.
  explicit Handshake(std::shared_ptr<Subscription> subscription) : subscription_(std::move(subscription)) {}

  /// False when the connection already has one.
  bool open(const Revision& revision, Json client_capabilities, std::string client_name);

  void set_log_level(LogLevel level);

  /// What a request without an envelope knows; revision is nullptr before the handshake.
  [[nodiscard]] RequestContext context() const;

  [[nodiscard]] const std::shared_ptr<Subscription>& subscription() const { return subscription_; }

 private:
  const std::shared_ptr<Subscription> subscription_;
  mutable std::mutex mutex_;
  RequestContext context_;  // guarded by mutex_
};

/// Everything a server offers. What is empty is not offered at all.
struct Catalog {
  ToolRegistry tools;
  ResourceRegistry resources = {};
  PromptRegistry prompts = {};
};

/// The server side of the Model Context Protocol: a table of methods over what is registered. Knows no transport and no
/// application. Immutable after construction, so all methods are thread-safe.
class McpServer {
 public:
  struct Options {
    std::size_t page_size = 100;  ///< of every list, items
    /// Where changes are published; outlives the server. Without it neither listChanged nor subscribe is offered.
    Subscriptions* subscriptions = nullptr;
    bool lists_change = true;  ///< false: what is registered stays, so that nobody is promised listChanged
    RequestStates* request_states = nullptr;  ///< without it 2026-07-28 requests can ask in one round only
    Tasks* tasks = nullptr;                   ///< without it no call becomes a task
  };

  McpServer(ServerInfo info, Catalog catalog, Options options);

  /// A server with tools and nothing else.
  McpServer(ServerInfo info, ToolRegistry tools, Options options);

  /// What has to be registered for a method to be offered.
  enum class Family { kBase, kTools, kResources, kPrompts, kCompletions, kSubscribe, kListen, kTasks };

  /// One request method. A handler returns the JSON text of its result.
  struct Method {
    std::string_view name;
    bool with_handshake;           ///< offered to 2024-11-05 .. 2025-11-25
    bool stateless;                ///< offered to 2026-07-28
    bool before_handshake;         ///< served before `initialize`
    bool is_quick;                 ///< never waits: runs on the reader, which also keeps the order of the handshake
    std::string_view name_member;  ///< the parameter that names the tool, prompt, resource or task; often none
    /// nullptr: subscriptions/listen, which no thread runs once it is open (see Session).
    Result<std::string> (McpServer::*handler)(const Json& params, RequestContext& context, Handshake& handshake) const;
    Family family = Family::kBase;

    /// True for the methods that may change something, so that at the end they get the time to finish.
    [[nodiscard]] bool may_write() const {
      return family == Family::kTasks || (family == Family::kTools && !name_member.empty());
    }

    /// True for the methods that may ask the client for input: tools/call, prompts/get and resources/read
    /// (2026-07-28, "Multi Round-Trip Requests").
    [[nodiscard]] bool may_ask() const {
      const bool is_about_one = !name_member.empty();
      return is_about_one && (family == Family::kTools || family == Family::kPrompts || family == Family::kResources);
    }
  };

  /// nullptr when no revision of ours has it.
  static const Method* find_method(std::string_view name);

  /// False when what the method is about was not registered, so that clients must not see it.
  [[nodiscard]] bool offers(const Method& method) const { return offers(method.family); }

  /// The client capabilities that the request cannot do without: of its tool, or of the tasks extension, which also a
  /// listen needs that asks for tasks.
  [[nodiscard]] Json required_capabilities(const Method& method, const Json& params) const;

  [[nodiscard]] const ToolRegistry& tools() const { return catalog_.tools; }

  /// Runs a handler; an exception becomes kInternal. `params` is an object or null.
  Result<std::string> run(const Method& method, const Json& params, RequestContext& context,
                          Handshake& handshake) const;

  /// The work of a task that an ended process left; empty when no tool of this server takes it up.
  [[nodiscard]] Tasks::Work take_up(const TaskRecord& task) const;

  /// nullptr: nothing can be told.
  [[nodiscard]] Subscriptions* subscriptions() const { return options_.subscriptions; }

  /// What of the wishes of subscriptions/listen this server can serve to this caller. kInvalidParams for a malformed
  /// filter, or one of too many resources or tasks.
  [[nodiscard]] Result<SubscriptionFilter> honour(const Json& params, std::string_view caller) const;

  /// True when subscriptions/listen asks for tasks: then honour() may open the task store, and must not run on the
  /// reader.
  [[nodiscard]] static bool names_tasks(const Json& listen_params);

  /// The lists that this server has and tells changes of.
  [[nodiscard]] SubscriptionFilter lists_with_changes() const;

  /// The result that ends the listen request of that id.
  [[nodiscard]] std::string listen_result(const jsonrpc::Id& id) const;

 private:
  Result<std::string> initialize(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> ping(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> set_log_level(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> discover(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> list_tools(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> call_tool(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> list_resources(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> list_templates(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> read_resource(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> subscribe(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> unsubscribe(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> list_prompts(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> get_prompt(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> complete(const Json& params, RequestContext& context, Handshake& handshake) const;

  Result<std::string> get_task(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> update_task(const Json& params, RequestContext& context, Handshake& handshake) const;
  Result<std::string> cancel_task(const Json& params, RequestContext& context, Handshake& handshake) const;

  /// One round of a stateless request that may ask for input.
  Result<std::string> run_round(const Method& method, const Json& params, RequestContext& context,
                                Handshake& handshake) const;
  [[nodiscard]] bool has_tasks() const;
  [[nodiscard]] bool tells_tasks() const;
  [[nodiscard]] bool becomes_task(const Tool& tool, const RequestContext& context) const;
  Result<std::string> start_task(const Tool& tool, const Json& arguments, const RequestContext& context) const;
  /// The same after the handler has run, with the tool's follow_up.
  Result<std::string> follow_as_task(const Tool& tool, const RequestContext& context) const;
  [[nodiscard]] Result<std::string> task_created(const Result<TaskRecord>& task) const;

  /// "_meta" with our name, a member of every result of the stateless revision.
  [[nodiscard]] std::string meta() const;
  [[nodiscard]] bool offers(Family family) const;

  /// One page of a registry as the result of a list method.
  [[nodiscard]] Result<std::string> list_result(std::string_view items, const Json& params,
                                                const RequestContext& context,
                                                const std::function<Result<Page>(const PageRequest&)>& list) const;

  /// What the server can do, as a client of this revision may know it.
  [[nodiscard]] Json server_capabilities(const Revision& revision) const;

  /// `object`, the JSON text of a result, with the members that its revision adds to every result. `cache` is JSON text
  /// of members as well.
  [[nodiscard]] std::string finish(std::string object, const RequestContext& context, std::string_view cache) const;
  /// The members that the stateless revision adds to every result, as JSON text to put before the closing brace.
  [[nodiscard]] std::string envelope(const RequestContext& context, std::string_view cache) const;
  [[nodiscard]] Json implementation() const;
  [[nodiscard]] static Json tool_result(Result<ToolOutput> outcome, const Revision& revision);

  const ServerInfo info_;
  const Catalog catalog_;
  const Options options_;
};

}  // namespace apmcp::mcp

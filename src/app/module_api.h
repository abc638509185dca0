#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/secret.h"
#include "http/curl_transport.h"
#include "inbox/endpoint.h"
#include "inbox/sqlite_inbox.h"
#include "listener/http_listener.h"
#include "mcp/spent_states.h"
#include "mcp/state_seal.h"
#include "numbers/number_plan.h"
#include "patterns/text_pattern.h"
#include "sandbox/sandbox.h"
#include "store/spent_states.h"
#include "store/task_store.h"

// What a module hands out when it is loaded: plain function pointers, so that one symbol a module is looked up. A
// module carries its own copy of the base library; its log is set up when it is loaded, and no exception leaves it.
namespace apmcp::app {

struct NetModule {
  std::unique_ptr<http::HttpTransport> (*make_upstream)(http::TransportOptions options);
  std::unique_ptr<http::HttpTransport> (*make_sandbox)(const sandbox::SandboxOptions& options);
  /// With the keys on these lines, or with a random one when there are none.
  Result<std::unique_ptr<mcp::StateSeal>> (*make_state_seal)(const Secret& key_lines);
  Result<std::unique_ptr<mcp::SpentStates>> (*open_spent_states)(const std::filesystem::path& file);
  Result<std::unique_ptr<mcp::TaskStore>> (*open_task_store)(const store::TaskStoreOptions& options);
  Status (*serve_sandbox)(const sandbox::SandboxServerOptions& options, std::stop_token stop);
  Result<std::unique_ptr<listener::HttpListener>> (*start_listener)(const listener::ListenerOptions& options,
                                                                    listener::HttpHandler handler,
                                                                    listener::HeadCheck check_head);
  Result<std::unique_ptr<inbox::Inbox>> (*open_inbox)(const inbox::InboxOptions& options);
  inbox::Endpoint (*make_webhook_endpoint)(inbox::EndpointOptions options);
  std::string (*sha256_hex)(std::string_view bytes);
  patterns::CompilePattern compile_pattern;
};

struct NumbersModule {
  std::unique_ptr<numbers::NumberPlan> (*make_plan)();
};

inline constexpr const char* kNetSymbol = "agentphone_mcp_net_module";
inline constexpr const char* kNumbersSymbol = "agentphone_mcp_numbers_module";

}  // namespace apmcp::app

extern "C" {
const apmcp::app::NetModule* agentphone_mcp_net_module(const apmcp::log::Options& log);
const apmcp::app::NumbersModule* agentphone_mcp_numbers_module(const apmcp::log::Options& log);
}

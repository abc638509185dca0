#pragma once

#include <string>
#include <vector>

#include "agentphone_mcp/resource.h"
#include "resources/followed_resources.h"
#include "tools/tool_call.h"

namespace apmcp::resources {

/// What all resources share. Everything referred to outlives the readers made from it and is thread-safe.
struct ResourceServices {
  tools::ToolServices& tools;
  std::string upstream;                   ///< the host that this server talks to, for people
  FollowedResources* followed = nullptr;  ///< told of what was read; null: nobody follows
};

/// Everything that a client can read at an address: what AgentPhone knows, in the shapes of the tools' results, and the
/// rules of this server. Acts with the key of the caller, as tools do; what is read may be kept by that caller only.
std::vector<mcp::Resource> make_resources(ResourceServices& services);
std::vector<mcp::ResourceTemplate> make_templates(ResourceServices& services);

}  // namespace apmcp::resources

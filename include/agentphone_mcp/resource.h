#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "agentphone_mcp/completion.h"

namespace apmcp::mcp {

/// How long, and by whom, an answer may be kept (2026-07-28, "Caching"; older revisions are told nothing).
struct CacheHint {
  std::chrono::milliseconds ttl{0};  ///< at least 0, which is stale at once
  bool is_public = false;            ///< the same for every caller, so that a proxy may hand it to anybody
};

/// Reads a resource: the array `contents`, of {"uri", "mimeType", "text"} or {"uri", "mimeType", "blob"} (standard
/// Base64). kNoSuchResource when there is none (never an empty array; data.uri is filled in). Called on a worker
/// thread, several at once.
using ResourceReader = std::function<Result<Json>(const std::string& uri, RequestContext& context)>;

/// A resource with an address of its own ("Resources", all revisions).
struct Resource {
  Json definition;  ///< as listed by the newest revision: uri, name, and optionally title, description, mimeType,
                    ///< size...
  ResourceReader read;
  CacheHint cache = {};
};

/// The same for the resources of a template. `variables` are percent-decoded, so a value may hold any bytes, "/" and
/// ".." too: check it before it becomes part of a path.
using TemplateReader =
    std::function<Result<Json>(const std::string& uri, const NamedValues& variables, RequestContext& context)>;

/// A family of resources. uriTemplate is of RFC 6570, level 1: {name} stands for one segment of the path.
struct ResourceTemplate {
  Json definition;  ///< as listed by the newest revision: uriTemplate, name, and optionally title, description, ...
  TemplateReader read;
  Completers completers = {};  ///< by variable
  CacheHint cache = {};
};

/// Who is told of changes, and sees what that caller sees (RequestContext).
struct Party {
  std::string caller = {};
  std::shared_ptr<const Secret> caller_key = nullptr;
};

/// Told when a party begins to follow a resource. What it gives is kept until the party ceases to, however that comes,
/// and its destruction says so; nullptr when there is nothing to see to. Called and destroyed on any thread; must not
/// wait.
using FollowResource = std::function<std::shared_ptr<const void>(const std::string& uri, const Party& party)>;

}  // namespace apmcp::mcp

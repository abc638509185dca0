#pragma once

#include <functional>
#include <string>

namespace apmcp::mcp {

/// Something that changed and that clients may have asked to be told about ("listChanged" and "subscribe" of all
/// revisions, subscriptions/listen of 2026-07-28). Tells that, not what: the client reads again, or is told how it is
/// by the time it is told.
struct Change {
  enum class Kind { kToolsListChanged, kPromptsListChanged, kResourcesListChanged, kResourceUpdated, kTaskChanged };

  Kind kind;
  std::string uri = {};      ///< of kResourceUpdated: the resource, spelled as clients read it
  std::string caller = {};   ///< of a resource or task: whose it is (RequestContext::caller); nobody else is told
  std::string task_id = {};  ///< of kTaskChanged

  bool operator==(const Change& other) const = default;
};

/// Tells everybody who asked. From any thread, handlers included; waits while one of them reads slowly.
using PublishChange = std::function<void(const Change& change)>;

}  // namespace apmcp::mcp

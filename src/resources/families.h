#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "resources/followed_resources.h"
#include "resources/suggestions.h"
#include "tools/tool_call.h"

namespace apmcp::resources {

/// One read of one resource.
struct Reading {
  tools::ToolCall& call;
  const std::string& id;      ///< what stands for {id}; empty where there is none. Any bytes: only for AgentPhoneApi
  std::string_view upstream;  ///< the host that this server talks to, for people
};

/// A resource, or a family of them that differ in one id: everything there is to know about it.
struct Family {
  std::string_view uri;  ///< a template when it holds {id}
  std::string_view name, title, description;
  /// The contents. kNotFound when there is no such thing.
  Result<Json> (*read)(const Reading& in);
  Suggest suggest = nullptr;    ///< of a template: its ids
  std::chrono::seconds ttl{0};  ///< 0 for what a tool may change, so that nobody sees what was before
  Pace pace = kStill;           ///< how it is looked at while somebody follows it

  [[nodiscard]] bool is_template() const { return uri.find('{') != std::string_view::npos; }
};

std::span<const Family> families();

/// The contents with nothing hidden and no secret in them, as for every result of a tool. An error says what to do in
/// its message, because that is all that a client of resources shows; kNoSuchResource when there is no such thing.
Result<Json> read_contents(const Family& family, const Reading& in);

}  // namespace apmcp::resources

#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "base/json_reader.h"
#include "tools/tool_call.h"

namespace apmcp::tools {

using mcp::ToolOutput;

/// What a call would do, worked out by reads only, for a person to decide on.
struct Preview {
  std::string text;  ///< what would be lost or paid, one or two sentences
  Json facts = Json::object();
};

/// A tool's name with its function; the definition of the same name in schemas/tools says how it looks to clients.
struct Binding {
  std::string_view name;
  Result<ToolOutput> (*run)(const Json& arguments, ToolCall& call);
  /// Not null: the tool needs a confirmation, and this says of what. Must not change anything upstream, and says the
  /// same as long as nothing has changed there: what the person agreed to is what they were shown.
  Result<Preview> (*preview)(const Json& arguments, ToolCall& call) = nullptr;
  /// Not null: where the client knows tasks, the call goes on as one with what `run` left in call.context.state (see
  /// mcp::ToolFollowUp).
  Result<ToolOutput> (*follow)(const Json& state, ToolCall& call) = nullptr;
};

template <typename T>
concept ToolArguments = requires(JsonReader& in) {
  { T::from(in) } -> std::same_as<T>;
};

/// The arguments as `Args::from` reads them; kBadArguments with the first mistake. The registry has already checked
/// them against the input schema, so this only fails for callers that skip it.
template <ToolArguments Args>
Result<Args> read_arguments(const Json& arguments) {
  JsonReader in(arguments, "arguments");
  Args args = Args::from(in);
  if (in.failed()) {
    Error error = in.error(ErrorCode::kBadArguments);
    error.next_step = "Correct that argument and call again.";
    return error;
  }
  return args;
}

template <ToolArguments Args, auto function, typename Out>
Result<Out> run_with(const Json& arguments, ToolCall& call) {
  const auto args = read_arguments<Args>(arguments);
  if (!args) return args.error();
  return function(*args, call);
}

template <ToolArguments Args, auto function>
constexpr Binding bind(std::string_view name) {
  return {.name = name, .run = run_with<Args, function, ToolOutput>};
}

/// For tools whose call can go on as a task.
template <ToolArguments Args, auto function, auto follow>
constexpr Binding bind_followed(std::string_view name) {
  return {.name = name, .run = run_with<Args, function, ToolOutput>, .follow = follow};
}

/// For tools that spend or destroy: nothing happens unconfirmed, see invoke.h.
template <ToolArguments Args, auto function, auto preview>
constexpr Binding bind_confirmed(std::string_view name) {
  return {.name = name, .run = run_with<Args, function, ToolOutput>, .preview = run_with<Args, preview, Preview>};
}

}  // namespace apmcp::tools

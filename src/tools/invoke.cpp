#include "tools/invoke.h"

#include <exception>
#include <filesystem>
#include <optional>

#include "base/log.h"
#include "policy/outbound.h"
#include "tools/outcome.h"
#include "tools/person.h"
#include "tools/untrusted.h"

namespace apmcp::tools {
namespace {

bool is_true(const Json& arguments, std::string_view key) {
  const auto found = arguments.find(key);
  return found != arguments.end() && found->is_boolean() && found->get<bool>();
}

Error confirmation_needed(std::string_view tool, const Preview& preview) {
  return {.code = ErrorCode::kNeedsConfirmation,
          .message = preview.text + " Nothing was done.",
          .next_step = "Put this to the person. Only if they agree, call " + std::string(tool) +
                       " again with the same arguments and confirm set to true (the JSON boolean).",
          .data = {{"preview", preview.facts}}};
}

/// Where the operator trusts nobody but the person, and the client cannot ask them.
Error person_needed(const Preview& preview) {
  return {.code = ErrorCode::kPolicyDenied,
          .message = preview.text +
                     " Nothing was done: this server acts only on the person's own answer, and this client cannot show "
                     "them a question.",
          .next_step =
              "Tell the person. They can use a client that supports elicitation, or start the server with --confirm "
              "argument.",
          .data = {{"preview", preview.facts}}};
}

/// Ok when the call may act: it needs no confirmation, carries it, or the person gave it.
Status confirm(const Binding& binding, const Json& arguments, ToolCall& call) {
  const bool person_decides = call.services.person_confirms;
  if (binding.preview == nullptr || (is_true(arguments, "confirm") && !person_decides)) return Unit{};
  auto preview = binding.preview(arguments, call);
  if (!preview) return std::move(preview).error();
  if (!can_ask_person(call.context)) {
    return person_decides ? person_needed(*preview) : confirmation_needed(binding.name, *preview);
  }
  const auto answer = ask_person({.field = "confirm",
                                  .message = preview->text + " Do it?",
                                  .property = {{"type", "boolean"}, {"title", "Yes, do it"}}},
                                 call.context);
  if (!answer) return answer.error();
  if (*answer != Json(true)) return declined_by_person();
  return Unit{};
}

Result<ToolOutput> gate_and_run(const Binding& binding, const Json& arguments, ToolCall& call) {
  if (auto outbound = policy::check_outbound(arguments); !outbound) return std::move(outbound).error();
  if (auto confirmed = confirm(binding, arguments, call); !confirmed) return std::move(confirmed).error();
  return binding.run(arguments, call);
}

/// What reaches the client, whatever area it comes from: the one place where hidden characters and secrets are removed.
void clean(Error& error) {
  for (std::string* text : {&error.message, &error.next_step}) {
    Json value = std::move(*text);
    clean_strings(value, false);
    *text = value.get<std::string>();
  }
  clean_strings(error.data, false);
}

void clean(ToolOutput& output, bool keep_secrets) {
  clean_strings(output.structured, keep_secrets);
  clean_strings(output.content, keep_secrets);
  Json text = std::move(output.text);
  clean_strings(text, keep_secrets);
  output.text = text.get<std::string>();
}

/// A write whose answer nobody will see must leave a trace, and an unknown outcome is worth one too.
void note_outcome(const Binding& binding, const Result<ToolOutput>& result, mcp::RequestContext& context,
                  Metrics* metrics) {
  const bool is_unknown = !result && result.error().code == ErrorCode::kOutcomeUnknown;
  const std::string_view outcome = result ? "done" : error_code_name(result.error().code);
  if (metrics != nullptr) metrics->count_tool_call(binding.name, outcome);
  if (context.stop.stop_requested() && (result || is_unknown)) {
    log::warn("cancelled_after_sending", {{"tool", std::string(binding.name)}, {"outcome", std::string(outcome)}});
  } else if (is_unknown) {
    log::warn("outcome_unknown", {{"tool", std::string(binding.name)}});
  }
  if (is_unknown) {
    context.log(mcp::LogLevel::kWarning, "agentphone", {{"event", "outcome_unknown"}, {"tool", binding.name}});
  }
}

/// What holds for every run of a tool function, whoever calls it.
template <typename Function>
Result<ToolOutput> guarded(const Binding& binding, bool keep_secrets, ToolServices& services,
                           mcp::RequestContext& context, const Function& function) {
  try {
    ToolCall call{
        .services = services, .context = context, .options = {.stop = context.stop, .timeout = services.timeout}};
    // A key that the caller brought lives as long as this call and is seen by no other.
    agentphone::Credentials caller_credentials{std::filesystem::path()};
    std::optional<agentphone::AgentPhoneApi> caller_api;
    if (context.caller_key) {
      caller_credentials.set(context.caller_key->clone(), agentphone::KeySource::kCaller);
      call.caller_api = &caller_api.emplace(services.api.with(caller_credentials));
    }
    Result<ToolOutput> result = function(call);
    note_outcome(binding, result, context, services.metrics);
    if (result) {
      clean(*result, keep_secrets);
      return result;
    }
    Error error = std::move(result).error();
    if (error.code == ErrorCode::kOutcomeUnknown && !error.data.contains("outcome"))
      error = explain_unknown_outcome(binding.name, std::move(error));
    clean(error);
    return error;
  } catch (const std::exception& failure) {
    // Out of memory and the like; what() may quote data, so it is not passed on.
    log::error("tool_failed", {{"tool", std::string(binding.name)}, {"what", failure.what()}});
    return Error{.code = ErrorCode::kInternal, .message = "The tool failed inside this server."};
  }
}

}  // namespace

Result<ToolOutput> invoke(const Binding& binding, const Json& arguments, ToolServices& services,
                          mcp::RequestContext& context) {
  return guarded(binding, is_true(arguments, "reveal_secret"), services, context,
                 [&](ToolCall& call) { return gate_and_run(binding, arguments, call); });
}

Result<ToolOutput> follow_up(const Binding& binding, const Json& state, ToolServices& services,
                             mcp::RequestContext& context) {
  return guarded(binding, false, services, context, [&](ToolCall& call) { return binding.follow(state, call); });
}

}  // namespace apmcp::tools

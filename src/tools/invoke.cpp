#include "tools/invoke.h"

#include <exception>

#include "base/log.h"
#include "policy/outbound.h"
#include "tools/call_scope.h"
#include "tools/changes.h"
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
  return {
      .code = ErrorCode::kPolicyDenied,
      .message = preview.text +
                 " Nothing was done: this server acts only on the person's own answer, and this client cannot show "
                 "them a question.",
      .next_step =
          "Tell the person. They can use a client that supports elicitation, or start the server with --confirm ask.",
      .data = {{"preview", preview.facts}}};
}

/// Ok when the call may act: it needs no confirmation, carries it, or the person gave it.
Status confirm(const Binding& binding, const Json& arguments, ToolCall& call) {
  if (binding.preview == nullptr) return Unit{};
  const bool can_ask = can_ask_person(call.context);
  const bool argument_counts = policy::argument_counts(call.services.confirmation, can_ask);
  if (argument_counts && is_true(arguments, "confirm")) return Unit{};
  auto preview = binding.preview(arguments, call);
  if (!preview) return std::move(preview).error();
  if (!can_ask) return argument_counts ? confirmation_needed(binding.name, *preview) : person_needed(*preview);
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
void clean(ToolOutput& output, bool keep_secrets) {
  clean_strings(output.structured, keep_secrets);
  clean_strings(output.content, keep_secrets);
  clean_text(output.text, keep_secrets);
}

/// A write whose answer nobody will see must leave a trace, and an unknown outcome is worth one too.
void note_outcome(const Binding& binding, const Result<ToolOutput>& result, mcp::RequestContext& context,
                  Metrics* metrics) {
  const bool is_unknown = !result && result.error().code == ErrorCode::kOutcomeUnknown;
  const std::string_view outcome = result ? "done" : error_code_name(result.error().code);
  if (metrics != nullptr) metrics->count_tool_call(binding.name, outcome);
  if (context.stop_of_writes().stop_requested() && (result || is_unknown)) {
    log::warn("cancelled_after_sending", {{"tool", std::string(binding.name)}, {"outcome", std::string(outcome)}});
  } else if (is_unknown) {
    log::warn("outcome_unknown", {{"tool", std::string(binding.name)}});
  }
  if (is_unknown) {
    context.log(mcp::LogLevel::kWarning, "agentphone", {{"event", "outcome_unknown"}, {"tool", binding.name}});
  }
}

/// Tells those who follow what the call has changed, or may have.
void tell_changes(const Binding& binding, const Json& arguments, const Result<ToolOutput>& result,
                  const ToolServices& services, const mcp::RequestContext& context) {
  const bool may_have_changed = result || result.error().code == ErrorCode::kOutcomeUnknown;
  if (!services.publish || !may_have_changed) return;
  for (std::string& uri : changed_resources(binding.name, arguments, result ? result->structured : Json())) {
    services.publish({.kind = mcp::Change::Kind::kResourceUpdated, .uri = std::move(uri), .caller = context.caller});
  }
}

/// What holds for every run of a tool function, whoever calls it.
template <typename Function>
Result<ToolOutput> guarded(const Binding& binding, bool keep_secrets, ToolServices& services,
                           mcp::RequestContext& context, const Function& function) {
  try {
    CallScope scope(services, context);
    Result<ToolOutput> result = function(scope.call());
    note_outcome(binding, result, context, services.metrics);
    if (result) {
      clean(*result, keep_secrets);
      return result;
    }
    Error error = std::move(result).error();
    if (error.code == ErrorCode::kOutcomeUnknown && !error.data.contains("outcome"))
      error = explain_unknown_outcome(binding.name, std::move(error));
    clean_texts(error);
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
  return guarded(binding, is_true(arguments, "reveal_secret"), services, context, [&](ToolCall& call) {
    auto result = gate_and_run(binding, arguments, call);
    tell_changes(binding, arguments, result, services, context);
    return result;
  });
}

Result<ToolOutput> follow_up(const Binding& binding, const Json& state, ToolServices& services,
                             mcp::RequestContext& context) {
  return guarded(binding, false, services, context, [&](ToolCall& call) { return binding.follow(state, call); });
}

}  // namespace apmcp::tools

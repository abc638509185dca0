// The task of place_call: watches the call until it is over.
#include <algorithm>
#include <array>
#include <utility>

#include "base/log.h"
#include "tools/call_report.h"
#include "tools/call_watch.h"
#include "tools/calls.h"

namespace apmcp::tools {
namespace {

/// Longer than most calls; then the next look.
constexpr std::chrono::minutes kOneWatch{10};

/// True for what may be different at the next look.
bool may_pass(const Error& error) {
  constexpr std::array kPassing{ErrorCode::kUpstreamDown, ErrorCode::kTimeout, ErrorCode::kRateLimited};
  return std::find(kPassing.begin(), kPassing.end(), error.code) != kPassing.end();
}

/// The client wants the call to end with the task. Says nothing to anybody but the log: a cancelled task has no result.
void hang_up(const std::string& call_id, const ToolCall& call) {
  auto ended = call.api().end_call(call_id, {.stop = {}, .timeout = call.options.timeout});
  const bool is_over = ended.ok() || ended.error().code == ErrorCode::kConflict;
  if (!is_over) log::warn("not_hung_up", {{"call_id", call_id}});
}

/// What poll_call would say, with what `state` tells of the call's beginning.
ToolOutput whole_story(const CallView& view, const Json& state) {
  ToolOutput output{.structured = Json::object()};
  output.text = report_call(view, output.structured);
  for (const char* told : {"mode", "spoken_first", "note"}) {
    if (state.contains(told)) output.structured[told] = state[told];
  }
  return output;
}

}  // namespace

Result<ToolOutput> follow_call(const Json& state, ToolCall& call) {
  const std::string call_id = state.value("call_id", std::string());
  while (!call.context.stop.stop_requested()) {
    const auto view = watch_call({.id = call_id}, kOneWatch, call);
    if (view && view->call.is_over()) return whole_story(*view, state);
    if (!view && !may_pass(view.error()) && !call.context.stop.stop_requested()) return view.error();
  }
  if (call.context.cancelled.stop_requested() && state.value("hang_up_on_cancel", false)) hang_up(call_id, call);
  return Error{.code = ErrorCode::kCancelled, .message = "The call " + call_id + " is no longer watched."};
}

}  // namespace apmcp::tools

// The task of place_call: watches the call until it is over.
#include <algorithm>
#include <array>
#include <utility>

#include "base/log.h"
#include "tools/calls.h"
#include "tools/render.h"
#include "tools/untrusted.h"

namespace apmcp::tools {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{1000};
constexpr milliseconds kLongestPause{5000};

/// One line for people who look at the task meanwhile; what was said is data in it.
std::string spoken_line(const Json& turn) {
  constexpr std::size_t kLongest = 200;
  const std::string who = turn["speaker"] == "them" ? "They: " : "Agent: ";
  std::string said = inline_text(turn["text"].get<std::string>());
  return (who + said).substr(0, kLongest);
}

/// True for what may be different at the next look.
bool may_pass(const Error& error) {
  constexpr std::array kPassing{ErrorCode::kUpstreamDown, ErrorCode::kTimeout, ErrorCode::kRateLimited,
                                ErrorCode::kBusy};
  return std::find(kPassing.begin(), kPassing.end(), error.code) != kPassing.end();
}

/// The client wants the call to end with the task. Says nothing to anybody but the log: a cancelled task has no result.
void hang_up(const std::string& call_id, const ToolCall& call) {
  auto ended = call.api().end_call(call_id, {.stop = {}, .timeout = call.options.timeout});
  const bool is_over = ended.ok() || ended.error().code == ErrorCode::kConflict;
  if (!is_over) log::warn("not_hung_up", {{"call_id", call_id}});
}

ToolOutput with_beginning(ToolOutput report, const Json& state) {
  for (const char* told : {"mode", "spoken_first", "note"}) {
    if (state.contains(told)) report.structured[told] = state[told];
  }
  return report;
}

}  // namespace

Result<ToolOutput> follow_call(const Json& state, ToolCall& call) {
  const std::string call_id = state.value("call_id", std::string());
  Arrivals own;  // nobody announces here: only time passes
  Arrivals& arrivals = call.services.arrivals == nullptr ? own : *call.services.arrivals;
  std::size_t told = 0;
  milliseconds pause = kFirstPause;
  while (!call.context.stop.stop_requested()) {
    const auto seen = arrivals.seen();
    const auto found = call.api().get_call(call_id, call.options);
    if (found) {
      const Json turns = transcript_turns(found->transcripts);
      if (turns.size() > told) {
        told = turns.size();
        pause = kFirstPause;
        call.context.progress(static_cast<double>(told), std::nullopt, spoken_line(turns.back()));
      }
      if (found->is_over()) return with_beginning(call_report(*found), state);
    } else if (found.error().code != ErrorCode::kCancelled && !may_pass(found.error())) {
      return found.error();
    }
    const auto asked =
        found ? milliseconds(0) : milliseconds(found.error().retry_after.value_or(std::chrono::seconds(0)));
    arrivals.wait(seen, call.context.stop, std::max(pause, asked));
    pause = std::min(pause * 2, kLongestPause);
  }
  if (call.context.cancelled.stop_requested() && state.value("hang_up_on_cancel", false)) hang_up(call_id, call);
  return Error{.code = ErrorCode::kCancelled, .message = "The call " + call_id + " is no longer watched."};
}

}  // namespace apmcp::tools

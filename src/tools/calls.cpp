#include "tools/calls.h"

#include <array>
#include <utility>

#include "policy/destination.h"
#include "tools/bindings.h"
#include "tools/call_report.h"
#include "tools/call_watch.h"
#include "tools/choice.h"
#include "tools/outcome.h"
#include "tools/render.h"

namespace apmcp::tools {
namespace {

std::chrono::seconds wait_of(JsonReader& in) {
  return std::chrono::seconds{in.opt_integer("wait_seconds").value_or(0)};
}

struct PlaceCall {
  std::string to_number;
  std::optional<std::string> agent_id, system_prompt, initial_greeting, from_number_id, voice;
  std::chrono::seconds wait{0};
  bool hang_up_on_cancel = false;

  static PlaceCall from(JsonReader& in) {
    return {in.str("to_number"),
            in.opt_str("agent_id"),
            in.opt_str("system_prompt"),
            in.opt_str("initial_greeting"),
            in.opt_str("from_number_id"),
            in.opt_str("voice"),
            wait_of(in),
            in.opt_boolean("hang_up_on_cancel").value_or(false)};
  }
};

constexpr std::string_view kWebhookNote =
    "Webhook-driven: your webhook has to answer every turn. If get_webhook shows none, the call stays silent: "
    "set_webhook "
    "first, or give system_prompt so that AgentPhone's model talks.";

std::string spoken_sentence(bool autonomous, const std::optional<std::string>& spoken) {
  if (spoken && !spoken->empty()) return *spoken;
  if (spoken) return "Nothing: the agent waits until the person speaks.";
  return autonomous ? "A greeting that AgentPhone generates from system_prompt." : "What the webhook answers.";
}

/// The call is placed, so whatever happens to the watch, the answer is that of a placed call.
Result<ToolOutput> watch_placed(const agentphone::Call& placed, std::chrono::seconds wait, Json out,
                                const std::string& text, ToolCall& call) {
  auto view = watch_call(placed, wait, call);
  if (!view) {
    view = CallView{.call = placed,
                    .remark = "The call was placed, but it could not be watched: " + view.error().message,
                    .was_waited = true};
  }
  const std::string report = report_call(*view, out);
  return ToolOutput{.structured = std::move(out), .text = text + report};
}

Result<ToolOutput> place_call(const PlaceCall& in, ToolCall& call) {
  const auto to = policy::check_destination(call.services.number_plan, "to_number", in.to_number);
  if (!to) return to.error();
  const auto agent = choose_agent(in.agent_id, in.from_number_id, call);
  if (!agent) return agent.error();
  const bool autonomous = in.system_prompt.has_value();
  const auto spoken = autonomous ? call.services.disclosure.lead(in.initial_greeting) : in.initial_greeting;
  const agentphone::PlaceCallRequest request{.agent_id = agent->id,
                                             .to_number = to->e164,
                                             .system_prompt = in.system_prompt,
                                             .initial_greeting = spoken,
                                             .from_number_id = in.from_number_id,
                                             .voice = in.voice};
  const auto since = call.services.service_now();
  const auto placed = call.api().place_call(request, call.options);
  if (!placed) return look_up("place_call", placed.error(), request, agentphone::find_placed_call, since, call);
  std::string note = join_notes(to->note, agent->note);
  if (!autonomous) note = join_notes(note, std::string(kWebhookNote));
  const std::string first = spoken_sentence(autonomous, spoken);
  const std::string text = "Calling " + inline_text(placed->to_number) + " from " + inline_text(placed->from_number) +
                           ", call_id " + inline_text(placed->id) + ", " + inline_text(placed->status) +
                           ". Spoken first: " + first + (note.empty() ? "" : "\n" + note) + "\n";
  Json out{{"call_id", placed->id},
           {"status", placed->status},
           {"mode", autonomous ? "autonomous" : "webhook"},
           {"spoken_first", first},
           {"call", call_row(*placed)}};
  put(out, "note", note);
  // What a task needs to go on from here.
  call.context.state = out;
  call.context.state.erase("call");
  if (in.hang_up_on_cancel) {
    call.context.state["hang_up_on_cancel"] = true;
    // Who reads this answer got no task.
    note = join_notes(note, "hang_up_on_cancel holds for tasks only.");
    put(out, "note", note);
  }
  if (in.wait.count() > 0 && !call.context.goes_on_as_task)
    return watch_placed(*placed, in.wait, std::move(out), text, call);
  const std::string next = "Follow it with poll_call, call_id " + placed->id +
                           ", best with wait_seconds 45; a call takes 20 to 120 seconds. Do not place it again.";
  out["next_step"] = next;
  return ToolOutput{.structured = std::move(out), .text = text + next};
}

struct PollCall {
  std::string call_id;
  std::chrono::seconds wait{0};

  static PollCall from(JsonReader& in) { return {in.str("call_id"), wait_of(in)}; }
};

Result<CallView> look(const PollCall& in, ToolCall& call) {
  if (in.wait.count() > 0) return watch_call({.id = in.call_id}, in.wait, call);
  auto found = call.api().get_call(in.call_id, call.options);
  if (!found) return about_call(in.call_id, std::move(found).error());
  auto turns = spoken_turns(found->transcripts);
  return CallView{.call = *std::move(found), .turns = std::move(turns)};
}

Result<ToolOutput> poll_call(const PollCall& in, ToolCall& call) {
  const auto view = look(in, call);
  if (!view) return view.error();
  Json out = Json::object();
  std::string text = report_call(*view, out);
  return ToolOutput{.structured = std::move(out), .text = std::move(text)};
}

struct EndCall {
  std::string call_id;

  static EndCall from(JsonReader& in) { return {in.str("call_id")}; }
};

Result<ToolOutput> end_call(const EndCall& in, ToolCall& call) {
  const auto ended = call.api().end_call(in.call_id, call.options);
  if (!ended) return about_call(in.call_id, ended.error());
  const std::string status = ended->status.empty() ? "ending" : ended->status;
  const std::string next = "It is over in a moment: poll_call with call_id " + in.call_id + " shows what was said.";
  return ToolOutput{
      .structured = {{"call_id", in.call_id}, {"status", status}, {"next_step", next}},
      .text = "Hanging up on call " + inline_text(in.call_id) + ": " + inline_text(status) + ".\n" + next};
}

struct ListCalls {
  std::optional<std::string> agent_id;
  agentphone::CallQuery query;

  static ListCalls from(JsonReader& in) {
    return {in.opt_str("agent_id"),
            {{in.opt_integer("limit"), in.opt_integer("offset")},
             in.opt_str("status"),
             in.opt_str("direction"),
             in.opt_str("search")}};
  }
};

std::string call_line(const agentphone::Call& call) {
  std::string line = "\n" + inline_text(call.started_at) + " " + inline_text(call.direction) + " " +
                     inline_text(call.from_number) + " to " + inline_text(call.to_number) + ", " +
                     inline_text(call.status) + " (" + inline_text(call.id) + ")";
  if (call.duration_seconds) line += ", " + std::to_string(*call.duration_seconds) + " s";
  return line;
}

Result<ToolOutput> list_calls(const ListCalls& in, ToolCall& call) {
  const auto calls = call.api().list_calls(in.agent_id, in.query, call.options);
  if (!calls) return calls.error();
  Json rows = Json::array();
  std::string lines;
  for (const auto& row : calls->data) {
    rows.push_back(call_row(row));
    lines += call_line(row);
  }
  Json page = page_info(*calls, in.query.page.offset);
  const std::string next = rows.empty() ? "No calls match here." : "Read a transcript with poll_call and the call_id.";
  std::string text = page_sentence(page, rows.size(), "calls") + lines + "\n" + next;
  return ToolOutput{.structured = list_result("calls", std::move(rows), std::move(page), next),
                    .text = std::move(text)};
}

constexpr std::array kCallBindings{
    bind_followed<PlaceCall, place_call, follow_call>("place_call"),
    bind<PollCall, poll_call>("poll_call"),
    bind<EndCall, end_call>("end_call"),
    bind<ListCalls, list_calls>("list_calls"),
};

}  // namespace

std::span<const Binding> call_bindings() {
  return kCallBindings;
}

}  // namespace apmcp::tools

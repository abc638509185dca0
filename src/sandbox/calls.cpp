#include <algorithm>
#include <array>

#include "base/json_parse.h"
#include "sandbox/deliveries.h"
#include "sandbox/destinations.h"
#include "sandbox/happenings.h"
#include "sandbox/operations.h"
#include "sandbox/rows.h"

namespace apmcp::sandbox {
namespace {

constexpr std::array<FieldRule, 13> kPlaceRules = {{
    {.name = "agentId", .required = true, .min = 1},
    {.name = "toNumber", .required = true, .min = 1},
    {.name = "systemPrompt"},
    {.name = "initialGreeting"},
    {.name = "fromNumberId"},
    {.name = "voice"},
    {.name = "modelTier", .options = kModelTiers},
    {.name = "variables", .kind = FieldKind::kObject},
    {.name = "callScreeningIdentity", .max = 100},
    {.name = "callScreeningPurpose", .max = 300},
    {.name = "waitForCompletion", .kind = FieldKind::kBoolean},
    {.name = "maxWaitSeconds", .kind = FieldKind::kInteger, .min = 10, .max = 600},
    {.name = "disableRecording", .kind = FieldKind::kBoolean},
}};

constexpr std::array<FieldRule, 6> kFilterRules = {{
    {.name = "limit", .kind = FieldKind::kInteger, .min = 1, .max = 100},
    {.name = "offset", .kind = FieldKind::kInteger, .min = 0},
    {.name = "status"},
    {.name = "direction"},
    {.name = "type"},
    {.name = "search"},
}};

constexpr std::array<FieldRule, 2> kWaitRules = {{
    {.name = "wait", .kind = FieldKind::kBoolean},
    {.name = "timeout", .kind = FieldKind::kInteger, .min = 10, .max = 300},
}};

/// The line to call from. A Reply says why there is none.
std::variant<const Number*, Reply> caller_line(const Context& in, const Agent& agent) {
  const auto number_id = text_of(in.body, "fromNumberId");
  if (number_id && !number_id->empty()) {
    const Number* number = find_in(in.account->numbers, *number_id);
    if (number == nullptr || number->released) {
      return coded(404, "PHONE_NUMBER_NOT_FOUND", "not_found_error", "fromNumberId was not found.");
    }
    if (number->agent_id != agent.id) return refuse(400, "fromNumberId is not attached to this agent.");
    return number;
  }
  const Number* number = in.account->first_number(agent.id);
  if (number == nullptr) return refuse(400, "This agent has no phone number. Attach one first.");
  return number;
}

/// Where to call, as E.164. A Reply says why nobody may be called there.
std::variant<std::string, Reply> callee(const Context& in) {
  const std::string to = text_of(in.body, "toNumber").value_or("");
  if (is_blocked(to)) return refuse(403, "This destination is blocked: emergency and crisis lines cannot be called.");
  auto number = normal_number(to);
  if (!number) {
    return invalid_field("toNumber", "String should match pattern '^\\+[1-9]\\d{1,14}$'", "string_pattern_mismatch");
  }
  return *number;
}

std::string first_of(const std::optional<std::string>& first, const std::string& second) {
  return first && !first->empty() ? *first : second;
}

/// Without anybody to speak for the agent the other side hears silence and gives up.
void fall_silent(CallPlan& plan) {
  const auto spoken_to =
      std::find_if(plan.lines.begin(), plan.lines.end(), [](const Line& l) { return !l.heard.empty(); });
  if (spoken_to == plan.lines.end()) return;
  plan.lines.erase(spoken_to + 1, plan.lines.end());
  plan.lines.push_back({"Hello? Is anybody there?", ""});
  plan.reason = "user_hangup";
  plan.summary = "No webhook answered for the agent, so the other side hung up.";
  plan.sentiment = "Negative";
  plan.successful = false;
}

CallPlan outbound_plan(const Context& in, const Agent& agent, const Call& call) {
  CallBrief brief{
      .far_end = call.to,
      .agent_name = agent.text("name"),
      .system_prompt = text_of(in.body, "systemPrompt").value_or(""),
      .greeting = text_of(in.body, "initialGreeting"),
      .voicemail_message = agent.text("voicemailMessage"),
      .screening_identity = first_of(text_of(in.body, "callScreeningIdentity"), agent.text("callScreeningIdentity")),
      .screening_purpose = first_of(text_of(in.body, "callScreeningPurpose"), agent.text("callScreeningPurpose"))};
  // The service makes up a greeting for autonomous calls only.
  if (!call.hosted && !brief.greeting) brief.greeting = "";
  CallPlan plan = plan_outbound_call(brief);
  if (!call.hosted && in.account->webhook_for(agent.id) == nullptr) fall_silent(plan);
  return plan;
}

std::vector<const Call*> newest_calls(const Account& account) {
  std::vector<const Call*> rows;
  for (auto it = account.calls.rbegin(); it != account.calls.rend(); ++it) rows.push_back(&it->second);
  return rows;
}

bool matches(const Call& call, const Query& query) {
  const std::string status = query_text(query, "status");
  const std::string direction = query_text(query, "direction");
  const std::string type = query_text(query, "type");
  const std::string search = query_text(query, "search");
  return (status.empty() || call.status == status) &&
         (direction.empty() || direction == (call.inbound ? "inbound" : "outbound")) &&
         (type.empty() || type == "pstn") &&
         (call.from.find(search) != std::string::npos || call.to.find(search) != std::string::npos);
}

}  // namespace

Rules place_call_rules() {
  return kPlaceRules;
}

Rules call_filter_rules() {
  return kFilterRules;
}

Rules call_wait_rules() {
  return kWaitRules;
}

Reply place_call(Context& in) {
  auto to = callee(in);
  if (auto* refusal = std::get_if<Reply>(&to)) return std::move(*refusal);
  const Agent* agent = find_in(in.account->agents, text_of(in.body, "agentId").value_or(""));
  if (agent == nullptr) return refuse(404, "Agent not found.");
  auto from = caller_line(in, *agent);
  if (auto* refusal = std::get_if<Reply>(&from)) return std::move(*refusal);
  if (in.account->balance_cents <= 0) {
    return coded(402, "INSUFFICIENT_BALANCE", "billing_error",
                 "The balance is too low to place a call. Add funds first.");
  }
  const Number& number = **std::get_if<const Number*>(&from);
  Call call{.id = in.world.next_id("call"),
            .agent_id = agent->id,
            .number_id = number.id,
            .own = number.e164,
            .from = number.e164,
            .to = *std::get_if<std::string>(&to),
            .status = "in-progress",
            .inbound = false,
            .hosted = !text_of(in.body, "systemPrompt").value_or("").empty(),
            .started = in.world.now(),
            .ended = std::nullopt,
            .turns = {},
            .plan = {}};
  call.plan = outbound_plan(in, *agent, call);
  play_call(in.world, *in.account, call);
  Json answer = {{"id", call.id},
                 {"agentId", call.agent_id},
                 {"phoneNumberId", call.number_id},
                 {"fromNumber", call.from},
                 {"toNumber", call.to},
                 {"direction", "outbound"},
                 {"status", call.status},
                 {"startedAt", iso8601(call.started)},
                 {"retellCallId", nullptr}};
  const std::string id = call.id;
  in.account->calls.emplace(id, std::move(call));
  return ok(std::move(answer));
}

Reply list_calls(Context& in) {
  std::vector<const Call*> rows;
  for (const Call* call : newest_calls(*in.account)) {
    if (matches(*call, in.query)) rows.push_back(call);
  }
  return offset_page(in.query, rows, call_row);
}

Reply list_agent_calls(Context& in) {
  if (find_in(in.account->agents, in.ids[0]) == nullptr) return refuse(404, "Agent not found.");
  std::vector<const Call*> rows;
  for (const Call* call : newest_calls(*in.account)) {
    if (call->agent_id == in.ids[0]) rows.push_back(call);
  }
  return offset_page(in.query, rows, call_row);
}

Reply get_call(Context& in) {
  const Call* call = find_in(in.account->calls, in.ids[0]);
  if (call == nullptr) return refuse(404, "Call not found.");
  if (query_text(in.query, "wait") == "true" && !call->ended) {
    constexpr std::size_t kUsualWait = 120;
    in.hold_until = in.world.now() + std::chrono::seconds{query_size(in.query, "timeout", kUsualWait)};
  }
  return ok(call_detail(*call));
}

Reply end_call(Context& in) {
  Call* call = find_in(in.account->calls, in.ids[0]);
  if (call == nullptr) return refuse(404, "Call not found.");
  if (call->ended || call->status == "ending") return refuse(409, "Call is not live.");
  hang_up(in.world, *in.account, *call);
  return ok({{"id", call->id}, {"status", call->status}});
}

Reply get_transcript(Context& in) {
  const Call* call = find_in(in.account->calls, in.ids[0]);
  if (call == nullptr) return refuse(404, "Call not found.");
  Json rows = Json::array();
  for (const SpokenLine& line : spoken_lines(*call)) rows.push_back(spoken_row(line));
  return ok({{"callId", call->id}, {"status", call->status}, {"transcript", std::move(rows)}});
}

Reply stream_transcript(Context& in) {
  if (find_in(in.account->calls, in.ids[0]) == nullptr) return refuse(404, "Call not found.");
  in.follow_call = in.ids[0];
  return ok(nullptr);
}

}  // namespace apmcp::sandbox

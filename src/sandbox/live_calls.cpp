#include <algorithm>

#include "base/json_parse.h"
#include "sandbox/deliveries.h"
#include "sandbox/happenings.h"

// Calls while they run: turn after turn on the timeline, until somebody hangs up.
namespace apmcp::sandbox {
namespace {

using std::chrono::seconds;

/// Rhythm of a conversation: thinking before an answer, a breath before the next sentence, hanging up.
constexpr seconds kAnswerAfter{3};
constexpr seconds kNextLineAfter{4};
constexpr seconds kHangUpAfter{2};

constexpr std::int64_t kHostedCentsPerMinute = 22;
constexpr std::int64_t kWebhookCentsPerMinute = 13;

/// Names a call without pointing at it, so that an entry on the timeline may outlive anything.
struct CallRef {
  std::string account_id, call_id;
};

struct LiveCall {
  Account* account = nullptr;
  Call* call = nullptr;  ///< nullptr when the call is over or gone
};

LiveCall find_live(World& world, const CallRef& ref) {
  Account* account = world.account_by_id(ref.account_id);
  if (account == nullptr) return {};
  const auto found = account->calls.find(ref.call_id);
  if (found == account->calls.end() || found->second.ended) return {};
  return {account, &found->second};
}

/// The same while somebody can still speak.
LiveCall find_talking(World& world, const CallRef& ref) {
  const LiveCall live = find_live(world, ref);
  return live.call != nullptr && live.call->status == "ending" ? LiveCall{} : live;
}

void charge(Account& account, const Call& call) {
  if (call.turns.empty()) return;
  const auto talked = std::chrono::duration_cast<seconds>(*call.ended - call.started).count();
  const std::int64_t rate = call.hosted ? kHostedCentsPerMinute : kWebhookCentsPerMinute;
  account.balance_cents -= std::max<std::int64_t>(1, (talked * rate + 59) / 60);
}

void finish_call(World& world, const CallRef& ref) {
  const auto [account, call] = find_live(world, ref);
  if (call == nullptr) return;
  call->status = call->plan.status;
  call->ended = world.now();
  charge(*account, *call);
  announce_call_end(world, *account, *call);
}

void speak(const World& world, Turn& turn, const std::string& words) {
  turn.spoken = words;
  turn.spoken_at = world.now();
}

void hear_line(World& world, const CallRef& ref, std::size_t index);

/// The agent has spoken, or had its chance to: on to the next line, or to the end.
void go_on(World& world, const CallRef& ref, std::size_t index, std::size_t lines) {
  if (index + 1 < lines) {
    world.after(kNextLineAfter, [ref, index](World& later) { hear_line(later, ref, index + 1); });
  } else {
    world.after(kHangUpAfter, [ref](World& later) { finish_call(later, ref); });
  }
}

void speak_line(World& world, const CallRef& ref, std::size_t index) {
  const auto [account, call] = find_talking(world, ref);
  if (call == nullptr) return;
  if (call->hosted) speak(world, call->turns[index], call->plan.lines[index].spoken);
  go_on(world, ref, index, call->plan.lines.size());
}

void hear_line(World& world, const CallRef& ref, std::size_t index) {
  const auto [account, call] = find_talking(world, ref);
  if (call == nullptr) return;
  call->status = "in-progress";
  const Line& line = call->plan.lines[index];
  call->turns.push_back({.id = world.next_id("tr"), .heard = line.heard, .spoken = std::nullopt, .at = world.now()});
  if (line.heard.empty()) {
    // The greeting: given with the call, so spoken at once in either mode.
    speak(world, call->turns.back(), line.spoken);
    go_on(world, ref, index, call->plan.lines.size());
    return;
  }
  if (!call->hosted) ask_for_turn(world, *account, *call, call->turns.back());
  world.after(kAnswerAfter, [ref, index](World& later) { speak_line(later, ref, index); });
}

/// What an endpoint's answer means: one JSON object, or one per line of which the last is final.
struct SpokenAnswer {
  std::string text;
  bool hang_up = false;
};

void add_line(SpokenAnswer& answer, std::string_view line) {
  const Result<Json> parsed = parse_json(line);
  if (!parsed || !parsed->is_object()) return;
  const auto text = parsed->find("text");
  if (text != parsed->end() && text->is_string()) {
    if (!answer.text.empty()) answer.text += ' ';
    answer.text += *text->get_ptr<const Json::string_t*>();
  }
  const auto hang_up = parsed->find("hangup");
  const auto action = parsed->find("action");
  if ((hang_up != parsed->end() && *hang_up == true) || (action != parsed->end() && *action == "hangup")) {
    answer.hang_up = true;
  }
}

SpokenAnswer read_answer(const std::string& body) {
  SpokenAnswer answer;
  if (parse_json(body)) {
    add_line(answer, body);
    return answer;
  }
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    add_line(answer, std::string_view(body).substr(at, end - at));
    at = end + 1;
  }
  return answer;
}

}  // namespace

void hang_up(World& world, const Account& account, Call& call) {
  call.status = "ending";
  call.plan.status = "completed";
  call.plan.reason = "api_hangup";
  call.plan.summary = "The call was ended from our side before the conversation was over.";
  call.plan.sentiment = "Neutral";
  call.plan.successful = false;
  const CallRef ref{account.id, call.id};
  world.after(kHangUpAfter, [ref](World& later) { finish_call(later, ref); });
}

void play_call(World& world, const Account& account, const Call& call) {
  const CallRef ref{account.id, call.id};
  if (call.plan.lines.empty()) {
    world.after(call.plan.rings, [ref](World& later) { finish_call(later, ref); });
  } else {
    world.after(call.plan.rings, [ref](World& later) { hear_line(later, ref, 0); });
  }
}

std::string receive_call(World& world, const std::string& from, const std::string& to,
                         const std::vector<std::string>& says) {
  const auto [account, number] = world.line(to);
  if (account == nullptr) return {};
  const auto agent = account->agents.find(number->agent_id);
  const bool has_agent = agent != account->agents.end();
  Call call{.id = world.next_id("call"),
            .agent_id = number->agent_id,
            .number_id = number->id,
            .own = number->e164,
            .from = from,
            .to = to,
            .status = "ringing",
            .inbound = true,
            .hosted = has_agent && agent->second.hosted(),
            .started = world.now(),
            .ended = std::nullopt,
            .turns = {},
            .plan = {}};
  if (has_agent && (call.hosted || account->webhook_for(call.agent_id) != nullptr)) {
    CallBrief brief{.far_end = from, .agent_name = agent->second.text("name")};
    brief.greeting = agent->second.text("beginMessage");
    call.plan = plan_inbound_call(brief, says);
  } else {
    // Nobody is there to answer: neither a model nor a webhook.
    call.plan.rings = seconds{2};
    call.plan.status = "failed";
    call.plan.reason = "no_answerer";
  }
  std::string id = call.id;
  play_call(world, *account, call);
  account->calls.emplace(id, std::move(call));
  return id;
}

void answer_turn(World& world, const Delivery& delivery, const std::string& answer_body) {
  const CallRef ref{delivery.account_id, delivery.call_id};
  const auto [account, call] = find_live(world, ref);
  if (call == nullptr) return;
  const auto turn =
      std::find_if(call->turns.begin(), call->turns.end(), [&](const Turn& row) { return row.id == delivery.turn_id; });
  if (turn == call->turns.end()) return;
  const SpokenAnswer answer = read_answer(answer_body);
  if (!answer.text.empty()) speak(world, *turn, answer.text);
  if (answer.hang_up) {
    call->plan.reason = "agent_hangup";
    world.after(kHangUpAfter, [ref](World& later) { finish_call(later, ref); });
  }
}

}  // namespace apmcp::sandbox

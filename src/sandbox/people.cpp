#include "sandbox/people.h"

#include <algorithm>
#include <array>
#include <span>

#include "sandbox/validation.h"

namespace apmcp::sandbox {
namespace {

constexpr std::array<std::string_view, 16> kNames = {"Dana", "Miguel", "Priya", "Tom",  "Aisha",  "Jonas",
                                                     "Mei",  "Carla",  "Omar",  "Ruth", "Viktor", "Lena",
                                                     "Sam",  "Noor",   "Felix", "Grace"};

struct TemperRow {
  int digits;
  Temper temper;
};

constexpr std::array kTempers = {
    TemperRow{1, Temper::kBusy},        TemperRow{2, Temper::kVoicemail},  TemperRow{3, Temper::kNoAnswer},
    TemperRow{4, Temper::kFails},       TemperRow{5, Temper::kDoNotCall},  TemperRow{6, Temper::kScreener},
    TemperRow{7, Temper::kScreenedOut}, TemperRow{11, Temper::kTextsCode}, TemperRow{12, Temper::kTextsStop},
};

/// 0 to 99 for +1 NPA-555-01XX; -1 for every other number.
int fictional_digits(std::string_view e164) {
  if (e164.size() != 12 || e164.substr(0, 2) != "+1" || e164.substr(5, 5) != "55501") return -1;
  if (e164[2] < '2' || !std::all_of(e164.begin() + 1, e164.end(), is_digit)) return -1;
  return (e164[10] - '0') * 10 + (e164[11] - '0');
}

std::string lower(std::string_view text) {
  std::string low(text);
  std::transform(low.begin(), low.end(), low.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return low;
}

bool mentions(const std::string& text, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

struct Scene {
  std::array<std::string_view, 6> words;  ///< any of them in the prompt or the greeting picks the scene
  std::array<std::array<std::string_view, 2>, 4> lines;
  std::string_view summary;
};

/// "{name}" is the person. The first scene is also the one for everything that no words pick.
constexpr std::array kScenes = {
    Scene{
        {"appointment", "manicure", "hair", "salon", "book", "dentist"},
        {{{"Hello, this is {name} at the front desk. How can I help?", "I would like to book an appointment, please."},
          {"Sure. I have 2 pm or 4 pm. Which one suits you?", "2 pm would be perfect, thank you."},
          {"2 pm it is. You are in the book. Anything else?",
           "No, that is all. To confirm: 2 pm. Thank you very much."},
          {"You are welcome. See you then!", "Goodbye."}}},
        "Appointment agreed for 2 pm."},
    Scene{{"table", "restaurant", "dinner", "reservation", "lunch for", "brunch"},
          {{{"Good evening, {name} speaking. How can I help?", "I would like to reserve a table, please."},
            {"We have a table at 6:30 or at 8 pm. Which do you prefer?", "6:30 works well, thank you."},
            {"A table at 6:30 then, I have written it down. Any allergies we should know of?", "None that I know of."},
            {"Lovely. See you at 6:30!", "Thank you, goodbye."}}},
          "Table reserved for 6:30 pm."},
    Scene{{"shipment", "package", "parcel", "tracking", "delivery status", "order number"},
          {{{"Customer service, my name is {name}. What is this about?", "I am calling to ask where a shipment is."},
            {"One moment, I am looking it up. It left our depot this morning.", "When will it arrive?"},
            {"Tomorrow between 2 and 4 pm. Somebody should be there to sign.",
             "Understood, tomorrow between 2 and 4 pm."},
            {"Exactly. Have a good day.", "Thank you for your help. Goodbye."}}},
          "The shipment arrives tomorrow between 2 and 4 pm."},
    Scene{
        {"you are the new agent", "your new agent", "introduce yourself", "new assistant", "my agent", "say hello"},
        {{{"Hi, {name} here. Oh nice, so you have your own number now?", "Yes, I am live. How can I help you today?"},
          {"Could you remind me to ring the salon about 2 pm or 4 pm?", "Of course. I will make a note of both times."},
          {"Great, that works. Text me when it is done.", "I will send you a text as soon as it is done."},
          {"Thanks! Talk soon.", "Goodbye."}}},
        "The owner heard the agent introduce itself and asked for a reminder."},
};

const Scene& pick_scene(const CallBrief& brief) {
  const std::string text = lower(brief.system_prompt + " " + brief.greeting.value_or(""));
  // Later scenes are narrower than the first, whose words ("book") also turn up in them.
  for (std::size_t i = kScenes.size(); i-- > 1;) {
    if (mentions(text, kScenes[i].words)) return kScenes[i];
  }
  return kScenes[0];
}

std::string fill(std::string_view text, std::string_view name) {
  std::string filled(text);
  const std::size_t at = filled.find("{name}");
  if (at != std::string::npos) filled.replace(at, 6, name);
  return filled;
}

std::string greeting_of(const CallBrief& brief) {
  if (brief.greeting) return *brief.greeting;
  return "Hello, this is " + brief.agent_name + ". I am calling on behalf of my client.";
}

void add_scene(CallPlan& plan, const CallBrief& brief) {
  const Scene& scene = pick_scene(brief);
  const std::string name = name_of(brief.far_end);
  for (const auto& [heard, spoken] : scene.lines) plan.lines.push_back({fill(heard, name), std::string(spoken)});
  plan.summary = scene.summary;
  plan.sentiment = "Positive";
  plan.successful = true;
  plan.reason = "agent_hangup";
}

CallPlan not_reached(std::string_view status, std::string_view reason, std::chrono::seconds rings) {
  CallPlan plan;
  plan.rings = rings;
  plan.status = status;
  plan.reason = reason;
  plan.summary = "Nobody was reached.";
  return plan;
}

CallPlan voicemail(const CallBrief& brief) {
  CallPlan plan;
  plan.rings = std::chrono::seconds{12};
  const std::string message = brief.voicemail_message.empty() ? greeting_of(brief) : brief.voicemail_message;
  plan.lines = {
      {"You have reached the voicemail of " + name_of(brief.far_end) + ". Please leave a message after the tone.",
       message},
      {"(beep)", "Thank you, goodbye."}};
  plan.reason = "voicemail_reached";
  plan.summary = "A voicemail greeting answered; a message was left.";
  return plan;
}

CallPlan refuses_calls(const CallBrief& brief) {
  CallPlan plan;
  plan.lines = {{"", greeting_of(brief)},
                {"I do not want these calls. Please do not call this number again.",
                 "I am sorry to have disturbed you. I will not call this number again."},
                {"Take me off your list. Goodbye.", "Understood. Goodbye."}};
  plan.reason = "user_hangup";
  plan.summary = "The person asked not to be called again.";
  plan.sentiment = "Negative";
  return plan;
}

void add_greeting(CallPlan& plan, const CallBrief& brief) {
  const bool speaks_first = !brief.greeting || !brief.greeting->empty();
  if (speaks_first) plan.lines.push_back({"", greeting_of(brief)});
}

void add_screening(CallPlan& plan, const CallBrief& brief) {
  const std::string who = brief.screening_identity.empty() ? brief.agent_name : brief.screening_identity;
  const std::string why = brief.screening_purpose.empty() ? "an appointment" : brief.screening_purpose;
  plan.lines.push_back(
      {"The person you are calling is using a screening service. Please say your name and why you are "
       "calling.",
       "This is " + who + ", calling about " + why + "."});
}

CallPlan screened_out(const CallBrief& brief) {
  CallPlan plan;
  add_greeting(plan, brief);
  add_screening(plan, brief);
  plan.lines.push_back({"Thank you. The person is not taking this call. Goodbye.", "Goodbye."});
  plan.reason = "user_hangup";
  plan.summary = "A screening service took the call; the person did not come to the phone.";
  return plan;
}

CallPlan conversation(const CallBrief& brief, bool screened) {
  CallPlan plan;
  add_greeting(plan, brief);
  if (screened) {
    add_screening(plan, brief);
    plan.lines.push_back({"Thank you. Please stay on the line.", "Thank you, I will hold."});
  }
  add_scene(plan, brief);
  return plan;
}

}  // namespace

Temper temper_of(std::string_view e164) {
  const int digits = fictional_digits(e164);
  if (digits < 0) return Temper::kNobody;
  const auto row =
      std::find_if(kTempers.begin(), kTempers.end(), [&](const TemperRow& r) { return r.digits == digits; });
  return row == kTempers.end() ? Temper::kTalks : row->temper;
}

std::string name_of(std::string_view e164) {
  const int digits = fictional_digits(e164);
  if (digits < 0) return std::string(e164);
  return std::string(kNames[static_cast<std::size_t>(digits) % kNames.size()]);
}

CallPlan plan_outbound_call(const CallBrief& brief) {
  using std::chrono::seconds;
  switch (temper_of(brief.far_end)) {
    case Temper::kBusy: return not_reached("busy", "dial_busy", seconds{3});
    case Temper::kVoicemail: return voicemail(brief);
    case Temper::kNoAnswer: return not_reached("no-answer", "dial_no_answer", seconds{25});
    case Temper::kFails: return not_reached("failed", "dial_failed", seconds{2});
    case Temper::kDoNotCall: return refuses_calls(brief);
    case Temper::kScreenedOut: return screened_out(brief);
    case Temper::kScreener: return conversation(brief, true);
    case Temper::kNobody: return not_reached("failed", "invalid_destination", seconds{4});
    case Temper::kTalks:
    case Temper::kTextsCode:
    case Temper::kTextsStop: break;
  }
  return conversation(brief, false);
}

CallPlan plan_inbound_call(const CallBrief& brief, const std::vector<std::string>& says) {
  CallPlan plan;
  plan.rings = std::chrono::seconds{2};
  plan.lines.push_back({"", brief.greeting && !brief.greeting->empty()
                                ? *brief.greeting
                                : "Hello, this is " + brief.agent_name + ". How can I help?"});
  if (says.empty()) {
    const std::string name = name_of(brief.far_end);
    plan.lines.push_back(
        {"Hi, this is " + name + ". I wanted to say that 4 pm is free again.", "Thank you, I will pass it on."});
    plan.lines.push_back({"Great. Please call me back about it.", "I will see to that. Goodbye."});
  }
  for (const std::string& line : says) plan.lines.push_back({line, "Thank you, I have made a note of that."});
  plan.reason = "user_hangup";
  plan.summary = "A caller left word with the agent.";
  plan.successful = true;
  return plan;
}

std::optional<TextAnswer> answer_text(std::string_view e164, std::string_view body, std::size_t nth) {
  constexpr std::array<std::string_view, 2> kThanks = {"thank", "great, see you"};
  constexpr std::array<std::string_view, 6> kTimes = {"2 pm", "2pm", "4 pm", "4pm", "at two", "at four"};
  constexpr std::array<std::string_view, 8> kAsks = {"book",      "appointment", "time", "table",
                                                     "available", "slot",        "when", "manicure"};
  const int digits = fictional_digits(e164);
  if (digits < 0) return std::nullopt;
  const Temper temper = temper_of(e164);
  TextAnswer answer{.after = std::chrono::milliseconds{2'000 + (digits % 4) * 1'000}, .body = ""};
  const std::string text = lower(body);
  if (temper == Temper::kTextsStop) {
    // Whoever has opted out does not write again.
    if (nth > 1) return std::nullopt;
    answer.body = "STOP";
  } else if (temper == Temper::kTextsCode) {
    const std::size_t code = 100'000 + (nth * 271'828 + static_cast<std::size_t>(digits) * 31'415) % 900'000;
    answer.body = "Your verification code is " + std::to_string(code) + ". It expires in 10 minutes.";
  } else if (temper == Temper::kDoNotCall) {
    answer.body = "Please do not contact me again.";
  } else if (mentions(text, kThanks)) {
    answer.body = "You're welcome!";
  } else if (mentions(text, kTimes)) {
    answer.body = "Perfect, that's confirmed. See you then! - " + name_of(e164);
  } else if (mentions(text, kAsks)) {
    answer.body = "Hi, " + name_of(e164) + " here. I have 2 pm or 4 pm. Which works for you?";
  } else {
    answer.body = "Got it, thanks for letting me know! - " + name_of(e164);
  }
  return answer;
}

}  // namespace apmcp::sandbox

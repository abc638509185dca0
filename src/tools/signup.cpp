#include <algorithm>
#include <array>

#include "tools/bad_argument.h"
#include "tools/bindings.h"
#include "tools/person.h"
#include "tools/render.h"

namespace apmcp::tools {
namespace {

struct SignUp {
  std::string human_email;
  std::optional<std::string> agent_name;

  static SignUp from(JsonReader& in) { return {in.str("human_email"), in.opt_str("agent_name")}; }
};

Error existing_account(Error error, const std::string& email) {
  error.message = "An AgentPhone account seems to exist for " + email + " already, so nothing was sent.";
  error.next_step =
      "Do not try another mailbox. Ask the person to open agentphone.to/dashboard, generate a key under Settings, API "
      "Keys, and put it into AGENTPHONE_API_KEY or the file of --api-key-file of this server (never into the chat).";
  return error;
}

Result<ToolOutput> sign_up(const SignUp& in, ToolCall& call) {
  auto started = call.api().sign_up({.human_email = in.human_email, .agent_name = in.agent_name}, call.options);
  if (!started) {
    const bool exists = started.error().code == ErrorCode::kConflict;
    return exists ? existing_account(std::move(started).error(), in.human_email) : std::move(started).error();
  }
  Json out{{"verification_id", started->verification_id}};
  put(out, "expires_at", started->expires_at);
  out["next_step"] = "Tell the person that a mail with six digits is on its way to " + started->human_email +
                     ", wait for the code, then call verify with verification_id " + started->verification_id +
                     " and the code.";
  return ToolOutput{.structured = out,
                    .text = "A six-digit code was mailed to " + started->human_email + " (verification_id " +
                            started->verification_id + ", expires " + started->expires_at +
                            "). Nothing exists yet. Ask the person for the code, then call verify."};
}

struct Verify {
  std::string verification_id;
  std::optional<std::string> otp_code;

  static Verify from(JsonReader& in) { return {in.str("verification_id"), in.opt_str("otp_code")}; }
};

Error code_needed(std::string message) {
  return bad_argument(
      "otp_code", "six digits",
      "Ask the person for the six digits of the mail, then call verify again with otp_code, such as \"123456\".",
      std::move(message));
}

/// The code of the call, or the one that the person types.
Result<std::string> code_for(const Verify& in, ToolCall& call) {
  if (in.otp_code) return *in.otp_code;
  if (!can_ask_person(call.context)) return code_needed("otp_code is missing: the code that sign_up had mailed.");
  constexpr std::size_t kDigits = 6;
  const auto answer =
      ask_person({.field = "otp_code",
                  .message = "AgentPhone mailed a six-digit code. Entering it opens an account with a US number, 3.00 "
                             "USD a month, the first month covered by sign-up credit. Which code is it?",
                  .property = {{"type", "string"}, {"title", "Code"}, {"minLength", kDigits}, {"maxLength", kDigits}}},
                 call.context);
  if (!answer) return answer.error();
  const std::string code = answer->is_string() ? answer->get<std::string>() : std::string();
  const bool is_code =
      code.size() == kDigits && std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_code)
    return code_needed("otp_code must be six digits, and what the person entered is not. Nothing was sent.");
  return code;
}

Result<ToolOutput> verify(const Verify& in, ToolCall& call) {
  // Who brought a key of their own is refused below, and need not be asked for a code first.
  const auto code = call.caller_api == nullptr ? code_for(in, call) : Result<std::string>(std::string());
  if (!code) return code.error();
  auto opened = call.api().verify({.verification_id = in.verification_id, .otp_code = *code}, call.options);
  if (!opened) return std::move(opened).error();
  Json out{{"account_id", opened->account_id},
           {"agent_id", opened->agent_id},
           {"number_id", opened->number_id},
           {"phone_number", opened->phone_number},
           {"key_stored_in", opened->key_location}};
  put(out, "warning", opened->key_warning);
  out["next_step"] = "The phone works now. Tell the person the number " + opened->phone_number +
                     "; then prove it: send_sms or place_call to them with agent_id " + opened->agent_id +
                     ", or let them text the number and read it with list_messages.";
  std::string text = "Account " + opened->account_id + " is open. Agent " + opened->agent_id + " has the number " +
                     opened->phone_number + " (" + opened->number_id + "). The API key is kept in " +
                     opened->key_location + " and already in use; it is not shown.";
  if (!opened->key_warning.empty()) text += " Warning: " + opened->key_warning;
  return ToolOutput{.structured = out, .text = text + " Next: send_sms or place_call to the person."};
}

constexpr std::array kSignUpBindings{bind<SignUp, sign_up>("sign_up"), bind<Verify, verify>("verify")};

}  // namespace

std::span<const Binding> signup_bindings() {
  return kSignUpBindings;
}

}  // namespace apmcp::tools

#include <array>

#include "tools/bindings.h"
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
  std::string verification_id, otp_code;

  static Verify from(JsonReader& in) { return {in.str("verification_id"), in.str("otp_code")}; }
};

Result<ToolOutput> verify(const Verify& in, ToolCall& call) {
  auto opened = call.api().verify({.verification_id = in.verification_id, .otp_code = in.otp_code}, call.options);
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

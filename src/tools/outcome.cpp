#include "tools/outcome.h"

#include <algorithm>
#include <array>
#include <string>

namespace apmcp::tools {
namespace {

struct Words {
  std::string_view tool;
  std::string_view may_have;    ///< first sentence
  std::string_view check_with;  ///< tool that shows what happened
  std::string_view how;         ///< next step
  bool repeatable = false;      ///< a repeat leads to the same state and contacts or costs nobody
};

constexpr std::array<Words, 14> kWords{{
    {"send_sms", "The text may have been sent.", "list_messages",
     "Do not send it again before checking with list_messages on the sending number. If it is not there after a "
     "minute, ask the "
     "person whether to send it again."},
    {"place_call", "The call may have been placed and the phone may be ringing.", "list_calls",
     "Do not call again before checking with list_calls. If the call is there, follow it with poll_call; if it is not "
     "there after "
     "a minute, ask the person whether to call again."},
    {"end_call", "The call may be ending.", "poll_call",
     "Check with poll_call: if the call is still live, end_call may be repeated safely.", true},
    {"buy_number", "A number may have been bought.", "list_numbers",
     "Do not buy again before checking with list_numbers whether there is a new number."},
    {"create_agent", "The agent may have been created.", "list_agents",
     "Do not create it again before checking with list_agents."},
    {"release_number", "The number may have been released.", "list_numbers",
     "Check with list_numbers: a released number is no longer there."},
    {"delete_agent", "The agent may have been deleted.", "get_agent",
     "Check with get_agent: a deleted agent is not found any more."},
    {"update_agent", "The change may have been made.", "get_agent",
     "Check with get_agent; the same update_agent may be repeated safely.", true},
    {"attach_number", "The number may have been attached.", "list_numbers",
     "Check with list_numbers; the same attach_number may be repeated safely.", true},
    {"detach_number", "The number may have been detached.", "list_numbers",
     "Check with list_numbers; the same detach_number may be repeated safely.", true},
    {"set_webhook", "The webhook may have been set and its secret replaced.", "get_webhook",
     "Check with get_webhook; setting it again creates one more new secret."},
    {"test_webhook", "The test event may have been sent.", "get_webhook",
     "Look at the endpoint, or call test_webhook again: that is safe.", true},
    {"sign_up", "The mail with the code may have been sent.", "sign_up",
     "Ask the person whether a code arrived. Its verification_id is lost, so call sign_up again once they agree to "
     "another mail."},
    {"verify", "The account may have been opened.", "verify",
     "Call verify once more with the same code. If that answers with a conflict, the account exists and its key is "
     "lost: the person "
     "generates a new one at agentphone.to/dashboard under Settings, API Keys.",
     true},
}};

constexpr Words kOther{.may_have = "It may have happened.",
                       .check_with = "account_overview",
                       .how = "Do not repeat it before checking with account_overview."};

}  // namespace

Error explain_unknown_outcome(std::string_view tool, Error error) {
  const auto* const found =
      std::find_if(kWords.begin(), kWords.end(), [tool](const Words& words) { return words.tool == tool; });
  const Words& words = found == kWords.end() ? kOther : *found;
  error.message = std::string(words.may_have) + " AgentPhone was sent the request, but no usable answer came back.";
  error.next_step = std::string(words.how);
  if (!error.data.is_object()) error.data = Json::object();
  error.data["outcome"] = "unknown";
  error.data["safe_to_retry"] = words.repeatable;
  error.data["check_with"] = words.check_with;
  return error;
}

}  // namespace apmcp::tools

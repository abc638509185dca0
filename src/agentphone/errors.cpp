#include "agentphone/errors.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "agentphone/error_body.h"
#include "agentphone/operation.h"
#include "agentphone/wire_time.h"

namespace apmcp::agentphone {
namespace {

/// One status of the service: what it means here, how the message begins, what to do about it.
struct StatusRow {
  int status;
  ErrorCode code;
  std::string_view phrase;
  std::string_view next_step;  ///< empty: the operation knows better
};

constexpr std::array<StatusRow, 13> kStatuses{{
    {400, ErrorCode::kConflict, "AgentPhone refused the request",
     "Correct what the message names; account_overview shows the present state of agents and numbers."},
    {401, ErrorCode::kUnauthorized, "AgentPhone does not accept the API key",
     "Ask the person for a new key from agentphone.to/dashboard (Settings, API Keys) and for setting it as "
     "AGENTPHONE_API_KEY; never paste a key into the chat."},
    {402, ErrorCode::kBalance, "AgentPhone wants money first: the balance is too low or no payment method is on file",
     "Ask the person to add a payment method or balance at agentphone.to/dashboard; trying again before that changes "
     "nothing."},
    {403, ErrorCode::kForbidden, "AgentPhone does not allow this",
     "Do not try again. The destination may be blocked, the sender may lack its 10DLC registration, or the feature is "
     "off for this account; the person can check at agentphone.to/dashboard."},
    {404, ErrorCode::kNotFound, "AgentPhone does not know this", ""},
    {405, ErrorCode::kInvalidUpstream, "AgentPhone does not offer this operation",
     "Use another tool, and tell the person that the service and this server may not fit together."},
    {408, ErrorCode::kTimeout, "AgentPhone waited too long for the request", "Try again."},
    {409, ErrorCode::kConflict, "AgentPhone refused in the present state",
     "Look at the present state with account_overview, then decide."},
    {410, ErrorCode::kNotFound, "AgentPhone no longer has this", ""},
    {413, ErrorCode::kInvalidUpstream, "The request is too large for AgentPhone", "Send a shorter text."},
    {422, ErrorCode::kInvalidUpstream, "AgentPhone found an argument invalid", "Correct the named argument."},
    {429, ErrorCode::kRateLimited, "AgentPhone is throttling; nothing was done",
     "Wait as long as retry_after says (a minute when it says nothing), then try once more."},
    {503, ErrorCode::kUpstreamDown, "AgentPhone cannot do this at the moment; nothing was done",
     "Try again in a minute; if it stays, tell the person."},
}};

/// One code of shape C. It is more exact than the status that carries it.
struct CodeRow {
  std::string_view code;
  ErrorCode error;
  std::string_view meaning;
  std::string_view next_step;
};

constexpr std::array<CodeRow, 14> kCodes{{
    {"VALIDATION_ERROR", ErrorCode::kInvalidUpstream, "AgentPhone found an argument invalid",
     "Correct the named argument."},
    {"VALIDATION_ERROR_NUMBER_LIMIT", ErrorCode::kConflict, "This account holds as many numbers as it may",
     "Use one of the numbers in list_numbers, release one with release_number (irreversible, ask the person), or let "
     "the person ask AgentPhone support at founders@agentphone.to for a higher limit."},
    {"INSUFFICIENT_BALANCE", ErrorCode::kBalance, "The balance of this AgentPhone account is too low",
     "Ask the person to add balance at agentphone.to/dashboard; trying again before that changes nothing."},
    {"PHONE_NUMBER_NOT_FOUND", ErrorCode::kNotFound, "AgentPhone does not know this number on the account",
     "Call list_numbers for the numbers of this account, and attach one to the agent with attach_number."},
    {"RATE_LIMIT_EXCEEDED", ErrorCode::kRateLimited, "AgentPhone is throttling; nothing was done",
     "Wait as long as retry_after says (a minute when it says nothing), then try once more."},
    {"CARRIER_ERROR", ErrorCode::kUpstreamDown, "The phone carrier failed", "Try again in a minute."},
    {"TWILIO_ERROR", ErrorCode::kUpstreamDown, "The phone carrier failed", "Try again in a minute."},
    {"INBOUND_ONLY", ErrorCode::kForbidden, "This account or number may only receive, not send or call",
     "Ask the person to enable outbound use at agentphone.to/dashboard. Until then the other side has to write or call "
     "first; list_messages shows what came in."},
    {"WHATSAPP_NOT_ENABLED", ErrorCode::kForbidden, "WhatsApp is not enabled for this account",
     "Use plain SMS with send_sms, or ask the person to enable WhatsApp at agentphone.to/dashboard."},
    {"CONVERSATION_STREAK_LIMIT", ErrorCode::kConflict,
     "Too many messages in a row without an answer from this contact",
     "Waiting does not help: the limit clears when the contact replies. Look for a reply with list_messages."},
    {"CONVERSATION_AWAITING_REPLY", ErrorCode::kConflict, "This conversation waits for the contact's reply",
     "Waiting does not help: it clears when the contact replies. Look for a reply with list_messages."},
    {"CONVERSATION_INACTIVE", ErrorCode::kConflict, "This conversation is inactive",
     "It opens again when the contact writes. Look with get_conversation, or reach the person by place_call."},
    {"OUTBOUND_LIMIT_REACHED", ErrorCode::kConflict, "The account's outbound messages for today are used up",
     "Waiting a few minutes does not help: the limit clears when the day rolls over. Tell the person."},
    {"NEW_CONVERSATION_LIMIT_REACHED", ErrorCode::kConflict,
     "The account has begun as many new conversations today as it may",
     "Waiting a few minutes does not help: the limit clears when the day rolls over. Existing conversations still "
     "work; see list_conversations."},
}};

/// Where one tool gives a status a meaning of its own.
struct ToolRow {
  std::string_view tool;
  int status;
  std::string_view next_step;
};

constexpr std::array<ToolRow, 16> kToolSteps{{
    {"sign_up", 400, "Ask the person for another mailbox: 6 to 200 characters with an @, no throw-away address."},
    {"sign_up", 409,
     "An AgentPhone account seems to exist for this mailbox. Do not try another mailbox. Ask the person to open "
     "agentphone.to/dashboard, generate a key under Settings, API Keys, and set it as AGENTPHONE_API_KEY."},
    {"verify", 400,
     "Ask the person to read the six digits out again. A code lives about ten minutes: if it expired, call sign_up "
     "again for a new one."},
    {"verify", 409,
     "This code was used before, so the account exists. Its key is shown only once: ask the person to generate one at "
     "agentphone.to/dashboard (Settings, API Keys)."},
    {"verify", 429,
     "Wait as long as retry_after says. After several wrong codes the verification is dead: then call sign_up again "
     "for a new code."},
    {"verify", 503, "No number is in stock at the moment. Call verify again in a minute with the same code."},
    {"buy_number", 402,
     "Ask the person to add at least 3.00 USD of balance at agentphone.to/dashboard; trying again before that changes "
     "nothing."},
    {"buy_number", 409,
     "Either the area code has no number left (try another one, or leave area_code out), or the account holds as many "
     "numbers as it may: see account_overview; release_number frees one, AgentPhone support raises the limit."},
    {"buy_number", 503, "No number is in stock for this country at the moment. Try again later; nothing was bought."},
    {"release_number", 400, "The number may already be released. Call list_numbers to see what the account still has."},
    {"place_call", 402,
     "Ask the person to put a payment method on file and check the balance at agentphone.to/dashboard; outbound calls "
     "need both."},
    {"place_call", 409,
     "Too many calls may be running on this line: see list_calls, wait until one has ended, then try once more."},
    {"end_call", 409, "The call is not live any more: nothing is left to hang up. poll_call shows what came of it."},
    {"place_call", 400,
     "Check the arguments. The agent needs an attached number: get_agent shows its numbers, attach_number gives it "
     "one."},
    {"send_sms", 400,
     "Check the arguments. The agent needs an attached number: get_agent shows its numbers, attach_number gives it "
     "one."},
    {"send_sms", 403,
     "Do not try again. The destination may be blocked, or the number may lack the 10DLC registration that US texts "
     "need; the person registers at agentphone.to/dashboard."},
}};

template <typename Rows, typename Match>
auto find_row(const Rows& rows, Match match) -> decltype(rows.data()) {
  const auto found = std::find_if(rows.begin(), rows.end(), match);
  return found == rows.end() ? nullptr : &*found;
}

const StatusRow& status_row(int status) {
  static constexpr StatusRow kOtherRefusal{0, ErrorCode::kInvalidUpstream, "AgentPhone refused the request",
                                           "Do not repeat the same request; tell the person what the message says."};
  static constexpr StatusRow kServerFault{0, ErrorCode::kUpstreamDown, "AgentPhone has a fault of its own",
                                          "Try again in a minute; if it stays, tell the person."};
  static constexpr StatusRow kRedirect{
      0, ErrorCode::kUpstreamDown, "AgentPhone answered with a redirect, which is never followed with a key",
      "Tell the person: the configured address may be wrong, or something on the network is in the way."};
  if (const StatusRow* row = find_row(kStatuses, [&](const StatusRow& r) { return r.status == status; })) return *row;
  if (status >= 500) return kServerFault;
  return status >= 300 && status < 400 ? kRedirect : kOtherRefusal;
}

bool leaves_write_unknown(int status) {
  return (status >= 500 && status != 503) || status == 408 || status < 200;
}

/// "agent_id: Field required; to_number: ..." from the fields of a validation error.
std::string join_fields(const std::vector<FieldProblem>& fields) {
  std::string joined;
  for (const FieldProblem& problem : fields) {
    if (!joined.empty()) joined += "; ";
    joined += problem.field.empty() ? problem.message : problem.field + ": " + problem.message;
  }
  return joined;
}

std::string sentence(std::string_view lead, const std::string& detail) {
  std::string text(lead);
  if (!detail.empty()) text += ": " + detail;
  if (text.back() != '.' && text.back() != '!' && text.back() != '?') text += '.';
  return text;
}

std::string next_step_for(const Operation& operation, const http::HttpResponse& response, const CodeRow* code) {
  if (code != nullptr) return std::string(code->next_step);
  const ToolRow* own = find_row(
      kToolSteps, [&](const ToolRow& row) { return row.tool == operation.tool && row.status == response.status; });
  if (own != nullptr) return std::string(own->next_step);
  const StatusRow& row = status_row(response.status);
  if (row.code == ErrorCode::kNotFound && !operation.find.empty()) return std::string(operation.find);
  if (!row.next_step.empty()) return std::string(row.next_step);
  return "Call account_overview for what this account has.";
}

void rename_fields(const Operation& operation, std::vector<FieldProblem>& fields) {
  for (FieldProblem& problem : fields) {
    if (operation.tool == "set_webhook" && problem.field == "timeout") problem.field = "timeout_seconds";
  }
}

Json data_of(const http::HttpResponse& response, const ErrorBody& body) {
  Json data = {{"status", response.status}};
  if (!body.code.empty()) data["upstream_code"] = body.code;
  if (!body.fields.empty()) {
    data["field"] = body.fields.front().field;
    Json& fields = data["fields"] = Json::array();
    for (const FieldProblem& problem : body.fields) {
      fields.push_back({{"field", problem.field}, {"message", problem.message}});
    }
  }
  return data;
}

}  // namespace

Error error_from_response(http::Method method, std::string_view target, const http::HttpResponse& response) {
  const Operation& operation = operation_of(method, target);
  ErrorBody body = read_error_body(response);
  rename_fields(operation, body.fields);
  const CodeRow* code = find_row(kCodes, [&](const CodeRow& row) { return row.code == body.code; });
  const StatusRow& row = status_row(response.status);

  std::string detail = body.text;
  const std::string fields = join_fields(body.fields);
  if (!fields.empty()) detail += detail.empty() ? fields : " (" + fields + ")";
  detail = clean_text(detail);

  Error error{.code = code == nullptr ? row.code : code->error, .data = data_of(response, body)};
  if (!http::is_read(method) && leaves_write_unknown(response.status)) {
    error.code = ErrorCode::kOutcomeUnknown;
    error.message = sentence("AgentPhone answered " + std::to_string(response.status) + " to " +
                                 std::string(operation.tool) + ", so whether it happened is not known",
                             detail);
    error.next_step = operation.unknown;
    return error;
  }
  std::string lead(code == nullptr ? row.phrase : code->meaning);
  if (code == nullptr && error.code == ErrorCode::kNotFound) lead += " " + std::string(operation.subject);
  error.message = sentence(lead, detail);
  error.next_step = next_step_for(operation, response, code);
  // A cap on messages is no throttle: a waiting time next to it would invite the very repeat that fails again.
  const bool may_wait = error.code == ErrorCode::kRateLimited || error.code == ErrorCode::kUpstreamDown ||
                        (code == nullptr && response.status == 409);
  if (may_wait) error.retry_after = parse_retry_after(response.retry_after, std::chrono::system_clock::now());
  return error;
}

}  // namespace apmcp::agentphone

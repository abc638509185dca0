// AgentPhoneApi: sign-up, usage, agents and voices.

#include <algorithm>
#include <string>
#include <utility>

#include "agentphone/answer.h"
#include "agentphone/api.h"
#include "agentphone/models_json.h"
#include "agentphone/target.h"
#include "base/json_reader.h"

namespace apmcp::agentphone {
namespace {

using http::Method;

void put(Json& body, std::string_view name, const std::optional<std::string>& value) {
  if (value) body[std::string(name)] = *value;
}

Json body_of(const AgentSettings& settings) {
  Json body = Json::object();
  put(body, "name", settings.name);
  put(body, "description", settings.description);
  put(body, "voiceMode", settings.voice_mode);
  put(body, "systemPrompt", settings.system_prompt);
  put(body, "beginMessage", settings.begin_message);
  put(body, "voice", settings.voice);
  put(body, "modelTier", settings.model_tier);
  put(body, "transferNumber", settings.transfer_number);
  put(body, "voicemailMessage", settings.voicemail_message);
  put(body, "language", settings.language);
  put(body, "callScreeningIdentity", settings.call_screening_identity);
  put(body, "callScreeningPurpose", settings.call_screening_purpose);
  return body;
}

/// Visible ASCII only, so that it can stand in a header without becoming two.
bool can_be_sent(std::string_view key) {
  constexpr std::size_t kLongestKey = 512;
  return !key.empty() && key.size() <= kLongestKey &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

Error verified_without_key() {
  return {.code = ErrorCode::kInvalidUpstream,
          .message = "AgentPhone accepted the code but sent no usable API key with its answer.",
          .next_step =
              "The account probably exists now. Ask the person to generate a key at agentphone.to/dashboard "
              "(Settings, API Keys) and to set it as AGENTPHONE_API_KEY."};
}

/// Where each client brings its own key, the key of a new account could neither be kept nor shown.
Error has_own_key() {
  return {
      .code = ErrorCode::kPolicyDenied,
      .message = "This server works with the API key that its client sends, so no account can be opened through it.",
      .next_step =
          "The key that is in use works already; call account_overview. For another account the person can "
          "sign up at agentphone.to and set its key in the client."};
}

}  // namespace

Result<SignUp> AgentPhoneApi::sign_up(const SignUpRequest& request, const Options& options) {
  if (credentials_.source() == KeySource::kCaller) return has_own_key();
  const std::string target = "/v0/agent/sign-up";
  Json body = {{"human_email", request.human_email}};
  put(body, "agent_name", request.agent_name);
  return read_answer<SignUp>(Method::kPost, target, call(Method::kPost, target, &body, options, false),
                             sign_up_from_json);
}

Result<Verified> AgentPhoneApi::verify(const VerifyRequest& request, const Options& options) {
  if (credentials_.source() == KeySource::kCaller) return has_own_key();
  const std::string target = "/v0/agent/verify";
  const Json body = {{"verification_id", request.verification_id}, {"otp_code", request.otp_code}};
  // The answer holds the only copy of the key, so it gets more patience than other calls.
  constexpr std::chrono::minutes kPatience{2};
  const Options patient{.stop = options.stop,
                        .timeout = std::max<std::chrono::milliseconds>(options.timeout, kPatience)};
  auto answer = call(Method::kPost, target, &body, patient, false);
  if (!answer) return std::move(answer).error();
  auto verified = verified_from_json(*answer);
  if (!verified) return verified_without_key();
  JsonReader in(*answer, "verification");
  Secret key(in.opt_str("api_key").value_or(std::string()));
  if (!can_be_sent(key.reveal())) return verified_without_key();
  auto kept = credentials_.remember(std::move(key));
  if (kept) {
    verified->key_location = std::move(kept->location);
    verified->key_warning = std::move(kept->note);
  } else {
    verified->key_location = "memory of this process";
    verified->key_warning = kept.error().message + " " + kept.error().next_step;
  }
  return verified;
}

Result<Usage> AgentPhoneApi::usage(const Options& options) {
  const std::string target = "/v1/usage";
  return read_answer<Usage>(Method::kGet, target, call(Method::kGet, target, nullptr, options), usage_from_json);
}

Result<Page<Agent>> AgentPhoneApi::list_agents(const PageQuery& page, const Options& options) {
  const std::string target = Query().add("limit", page.limit).add("offset", page.offset).on("/v1/agents");
  return read_answer<Page<Agent>>(
      Method::kGet, target, call(Method::kGet, target, nullptr, options), [&](const Json& json) {
        return page_from_json(json, agent_from_json, page.offset.value_or(0), page.limit.value_or(kDefaultPage));
      });
}

Result<Agent> AgentPhoneApi::get_agent(std::string_view agent_id, const Options& options) {
  if (auto valid = check_id("agent_id", agent_id); !valid) return std::move(valid).error();
  const std::string target = "/v1/agents/" + percent_encode(agent_id);
  return read_answer<Agent>(Method::kGet, target, call(Method::kGet, target, nullptr, options), agent_from_json);
}

Result<Agent> AgentPhoneApi::create_agent(const AgentSettings& settings, const Options& options) {
  const std::string target = "/v1/agents";
  const Json body = body_of(settings);
  return read_answer<Agent>(Method::kPost, target, call(Method::kPost, target, &body, options), agent_from_json);
}

Result<Agent> AgentPhoneApi::update_agent(std::string_view agent_id, const AgentSettings& settings,
                                          const Options& options) {
  if (auto valid = check_id("agent_id", agent_id); !valid) return std::move(valid).error();
  const Json body = body_of(settings);
  if (body.empty()) {
    return Error{.code = ErrorCode::kBadArguments,
                 .message = "Nothing to change was given besides agent_id.",
                 .next_step = "Give at least one setting, such as system_prompt; get_agent shows the present ones."};
  }
  const std::string target = "/v1/agents/" + percent_encode(agent_id);
  return read_answer<Agent>(Method::kPatch, target, call(Method::kPatch, target, &body, options), agent_from_json);
}

Result<DeletedAgent> AgentPhoneApi::delete_agent(std::string_view agent_id, const Options& options) {
  if (auto valid = check_id("agent_id", agent_id); !valid) return std::move(valid).error();
  const std::string target = "/v1/agents/" + percent_encode(agent_id);
  auto answer = call(Method::kDelete, target, nullptr, options);
  if (!answer) return std::move(answer).error();
  if (auto success = check_success(Method::kDelete, target, *answer); !success) return std::move(success).error();
  // An empty answer to a delete is as good as one that echoes what is gone.
  auto deleted = answer->is_null()
                     ? Result<DeletedAgent>(DeletedAgent{})
                     : read_answer<DeletedAgent>(Method::kDelete, target, answer, deleted_agent_from_json);
  if (deleted && deleted->id.empty()) deleted->id = std::string(agent_id);
  return deleted;
}

Result<AttachedNumber> AgentPhoneApi::attach_number(std::string_view agent_id, std::string_view number_id,
                                                    const Options& options) {
  if (auto valid = check_id("agent_id", agent_id); !valid) return std::move(valid).error();
  if (auto valid = check_id("number_id", number_id); !valid) return std::move(valid).error();
  const std::string target = "/v1/agents/" + percent_encode(agent_id) + "/numbers";
  const Json body = {{"numberId", number_id}};
  auto answer = call(Method::kPost, target, &body, options);
  if (!answer) return std::move(answer).error();
  auto attached = answer->is_null()
                      ? Result<AttachedNumber>(AttachedNumber{})
                      : read_answer<AttachedNumber>(Method::kPost, target, answer, attached_number_from_json);
  if (attached && attached->agent_id.empty()) attached->agent_id = std::string(agent_id);
  if (attached && attached->number.id.empty()) attached->number.id = std::string(number_id);
  return attached;
}

Status AgentPhoneApi::detach_number(std::string_view agent_id, std::string_view number_id, const Options& options) {
  if (auto valid = check_id("agent_id", agent_id); !valid) return std::move(valid).error();
  if (auto valid = check_id("number_id", number_id); !valid) return std::move(valid).error();
  const std::string target = "/v1/agents/" + percent_encode(agent_id) + "/numbers/" + percent_encode(number_id);
  auto answer = call(Method::kDelete, target, nullptr, options);
  if (!answer) return std::move(answer).error();
  return check_success(Method::kDelete, target, *answer);
}

Result<std::vector<Voice>> AgentPhoneApi::list_voices(const Options& options) {
  const std::string target = "/v1/agents/voices";
  return read_answer<std::vector<Voice>>(Method::kGet, target, call(Method::kGet, target, nullptr, options),
                                         [](const Json& json) { return rows_from_json(json, voice_from_json); });
}

}  // namespace apmcp::agentphone

// AgentPhoneApi: numbers, messages and conversations.

#include <string>
#include <utility>

#include "agentphone/answer.h"
#include "agentphone/api.h"
#include "agentphone/models_json.h"
#include "agentphone/target.h"

namespace apmcp::agentphone {
namespace {

using http::Method;

constexpr std::int64_t kDefaultMessagePage = 50;

}  // namespace

Result<Page<PhoneNumber>> AgentPhoneApi::list_numbers(const PageQuery& page, const Options& options) {
  const std::string target = Query().add("limit", page.limit).add("offset", page.offset).on("/v1/numbers");
  return read_answer<Page<PhoneNumber>>(
      Method::kGet, target, call(Method::kGet, target, nullptr, options), [&](const Json& json) {
        return page_from_json(json, phone_number_from_json, page.offset.value_or(0), page.limit.value_or(kDefaultPage));
      });
}

Result<PhoneNumber> AgentPhoneApi::buy_number(const BuyNumberRequest& request, const Options& options) {
  if (request.agent_id) {
    if (auto valid = check_id("agent_id", *request.agent_id); !valid) return std::move(valid).error();
  }
  const std::string target = "/v1/numbers";
  Json body = {{"country", request.country}};
  if (request.area_code) body["areaCode"] = *request.area_code;
  if (request.agent_id) body["agentId"] = *request.agent_id;
  return read_answer<PhoneNumber>(Method::kPost, target, call(Method::kPost, target, &body, options),
                                  phone_number_from_json);
}

Result<ReleasedNumber> AgentPhoneApi::release_number(std::string_view number_id, const Options& options) {
  if (auto valid = check_id("number_id", number_id); !valid) return std::move(valid).error();
  const std::string target = "/v1/numbers/" + percent_encode(number_id);
  auto answer = call(Method::kDelete, target, nullptr, options);
  if (!answer) return std::move(answer).error();
  if (auto success = check_success(Method::kDelete, target, *answer); !success) return std::move(success).error();
  auto released = answer->is_null()
                      ? Result<ReleasedNumber>(ReleasedNumber{})
                      : read_answer<ReleasedNumber>(Method::kDelete, target, answer, released_number_from_json);
  if (released && released->status.empty()) released->status = "released";
  return released;
}

Result<SentMessage> AgentPhoneApi::send_message(const SendMessageRequest& request, const Options& options) {
  if (auto valid = check_id("agent_id", request.agent_id); !valid) return std::move(valid).error();
  if (request.number_id) {
    if (auto valid = check_id("number_id", *request.number_id); !valid) return std::move(valid).error();
  }
  const std::string target = "/v1/messages";
  Json body = {{"agent_id", request.agent_id}, {"to_number", request.to_number}, {"body", request.body}};
  if (request.media_url) body["media_url"] = *request.media_url;
  if (request.number_id) body["number_id"] = *request.number_id;
  return read_answer<SentMessage>(Method::kPost, target, call(Method::kPost, target, &body, options),
                                  sent_message_from_json);
}

Result<Page<Message>> AgentPhoneApi::list_messages(std::string_view number_id, const MessageQuery& query,
                                                   const Options& options) {
  if (auto valid = check_id("number_id", number_id); !valid) return std::move(valid).error();
  const std::string target = Query()
                                 .add("limit", query.limit)
                                 .add("before", query.before)
                                 .add("after", query.after)
                                 .on("/v1/numbers/" + percent_encode(number_id) + "/messages");
  return read_answer<Page<Message>>(
      Method::kGet, target, call(Method::kGet, target, nullptr, options), [&](const Json& json) {
        return page_from_json(json, message_from_json, 0, query.limit.value_or(kDefaultMessagePage));
      });
}

Result<Page<Conversation>> AgentPhoneApi::list_conversations(const std::optional<std::string>& agent_id,
                                                             const PageQuery& page, const Options& options) {
  std::string path = "/v1/conversations";
  if (agent_id) {
    if (auto valid = check_id("agent_id", *agent_id); !valid) return std::move(valid).error();
    path = "/v1/agents/" + percent_encode(*agent_id) + "/conversations";
  }
  const std::string target = Query().add("limit", page.limit).add("offset", page.offset).on(path);
  return read_answer<Page<Conversation>>(
      Method::kGet, target, call(Method::kGet, target, nullptr, options), [&](const Json& json) {
        return page_from_json(json, conversation_from_json, page.offset.value_or(0), page.limit.value_or(kDefaultPage));
      });
}

Result<Conversation> AgentPhoneApi::get_conversation(std::string_view conversation_id,
                                                     std::optional<std::int64_t> message_limit,
                                                     const Options& options) {
  if (auto valid = check_id("conversation_id", conversation_id); !valid) return std::move(valid).error();
  const std::string target =
      Query().add("message_limit", message_limit).on("/v1/conversations/" + percent_encode(conversation_id));
  return read_answer<Conversation>(Method::kGet, target, call(Method::kGet, target, nullptr, options),
                                   conversation_from_json);
}

}  // namespace apmcp::agentphone

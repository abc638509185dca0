// AgentPhoneApi: calls and webhooks.

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "agentphone/answer.h"
#include "agentphone/api.h"
#include "agentphone/call_filter.h"
#include "agentphone/models_json.h"
#include "agentphone/target.h"

namespace apmcp::agentphone {
namespace {

using http::Method;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t kLargestPage = 100;
// A thousand calls: more than a person scans, and a bound for what one question may cost the service.
constexpr int kMostPages = 10;

std::string webhook_path(const std::optional<std::string>& agent_id) {
  return agent_id ? "/v1/agents/" + percent_encode(*agent_id) + "/webhook" : "/v1/webhooks";
}

}  // namespace

Result<Call> AgentPhoneApi::place_call(const PlaceCallRequest& request, const Options& options) {
  if (auto valid = check_id("agent_id", request.agent_id); !valid) return std::move(valid).error();
  if (request.from_number_id) {
    if (auto valid = check_id("from_number_id", *request.from_number_id); !valid) return std::move(valid).error();
  }
  const std::string target = "/v1/calls";
  Json body = {{"agentId", request.agent_id}, {"toNumber", request.to_number}};
  if (request.system_prompt) body["systemPrompt"] = *request.system_prompt;
  if (request.initial_greeting) body["initialGreeting"] = *request.initial_greeting;
  if (request.from_number_id) body["fromNumberId"] = *request.from_number_id;
  if (request.voice) body["voice"] = *request.voice;
  return read_answer<Call>(Method::kPost, target, call(Method::kPost, target, &body, options), call_from_json);
}

Result<Page<Call>> AgentPhoneApi::list_calls(const std::optional<std::string>& agent_id, const CallQuery& query,
                                             const Options& options) {
  const auto read_page = [&](const std::string& path, const CallQuery& wanted, const Options& within) {
    const std::string target = Query()
                                   .add("limit", wanted.page.limit)
                                   .add("offset", wanted.page.offset)
                                   .add("status", wanted.status)
                                   .add("direction", wanted.direction)
                                   .add("search", wanted.search)
                                   .on(path);
    return read_answer<Page<Call>>(Method::kGet, target, call(Method::kGet, target, nullptr, within),
                                   [&](const Json& json) {
                                     return page_from_json(json, call_from_json, wanted.page.offset.value_or(0),
                                                           wanted.page.limit.value_or(kDefaultPage));
                                   });
  };
  if (!agent_id) return read_page("/v1/calls", query, options);
  if (auto valid = check_id("agent_id", *agent_id); !valid) return std::move(valid).error();
  const std::string path = "/v1/agents/" + percent_encode(*agent_id) + "/calls";
  CallFilter filter(query);
  if (!filter.is_active()) return read_page(path, query, options);

  // The agent's list takes no filter, so its rows are filtered here: whole pages are read until the wanted window of
  // matches is full and one more match proves that there are further ones.
  const auto deadline = steady_clock::now() + options.timeout;
  for (int page = 0; page < kMostPages && !filter.is_full(); ++page) {
    Options within = options;
    within.timeout = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (page > 0 && within.timeout <= milliseconds::zero()) break;
    const CallQuery next{.page = {.limit = kLargestPage, .offset = page * kLargestPage}};
    auto rows = read_page(path, next, within);
    if (!rows) return std::move(rows).error();
    filter.take(*std::move(rows));
    if (filter.saw_all()) break;
  }
  return std::move(filter).result();
}

Result<Call> AgentPhoneApi::get_call(std::string_view call_id, const Options& options,
                                     std::optional<std::chrono::seconds> wait) {
  if (auto valid = check_id("call_id", call_id); !valid) return std::move(valid).error();
  Query query;
  if (wait) query.add("wait", "true").add("timeout", wait->count());
  const std::string target = query.on("/v1/calls/" + percent_encode(call_id));
  return read_answer<Call>(Method::kGet, target, call(Method::kGet, target, nullptr, options), call_from_json);
}

Result<EndedCall> AgentPhoneApi::end_call(std::string_view call_id, const Options& options) {
  if (auto valid = check_id("call_id", call_id); !valid) return std::move(valid).error();
  const std::string target = "/v1/calls/" + percent_encode(call_id) + "/end";
  return read_answer<EndedCall>(Method::kPost, target, call(Method::kPost, target, nullptr, options),
                                ended_call_from_json);
}

Result<std::optional<Webhook>> AgentPhoneApi::get_webhook(const std::optional<std::string>& agent_id,
                                                          const Options& options) {
  if (agent_id) {
    if (auto valid = check_id("agent_id", *agent_id); !valid) return std::move(valid).error();
  }
  const std::string target = webhook_path(agent_id);
  auto answer = call(Method::kGet, target, nullptr, options);
  if (!answer) return std::move(answer).error();
  if (answer->is_null()) return std::optional<Webhook>();
  auto webhook = read_answer<Webhook>(Method::kGet, target, answer, webhook_from_json);
  if (!webhook) return std::move(webhook).error();
  return std::optional<Webhook>(*std::move(webhook));
}

Result<Webhook> AgentPhoneApi::set_webhook(const std::optional<std::string>& agent_id, const SetWebhookRequest& request,
                                           const Options& options) {
  if (agent_id) {
    if (auto valid = check_id("agent_id", *agent_id); !valid) return std::move(valid).error();
  }
  const std::string target = webhook_path(agent_id);
  Json body = {{"url", request.url}};
  if (request.context_limit) body["contextLimit"] = *request.context_limit;
  if (request.timeout_seconds) body["timeout"] = *request.timeout_seconds;
  return read_answer<Webhook>(Method::kPost, target, call(Method::kPost, target, &body, options), webhook_from_json);
}

Result<WebhookTest> AgentPhoneApi::test_webhook(const std::optional<std::string>& agent_id, const Options& options) {
  if (agent_id) {
    if (auto valid = check_id("agent_id", *agent_id); !valid) return std::move(valid).error();
  }
  const std::string target = Query().add("agentId", agent_id).on("/v1/webhooks/test");
  return read_answer<WebhookTest>(Method::kPost, target, call(Method::kPost, target, nullptr, options),
                                  webhook_test_from_json);
}

}  // namespace apmcp::agentphone

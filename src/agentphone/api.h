#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone/credentials.h"
#include "agentphone/models.h"
#include "agentphone/transcript_stream.h"
#include "http/http_transport.h"

namespace apmcp::agentphone {

/// The AgentPhone REST API, one method per operation. Maps names to the API's casing, statuses and the three error
/// shapes to Error (see errors.h), and never repeats a write. A method that needs a key and finds none is
/// Error{kUnauthorized} before any traffic. Ids are checked and percent-encoded. Thread-safe; all methods block.
class AgentPhoneApi {
 public:
  using Options = http::CallOptions;

  AgentPhoneApi(http::HttpTransport& transport, Credentials& credentials);

  /// The same API with another key. With one of KeySource::kCaller there is no sign-up: a new key would have nowhere to
  /// go, since it is never shown.
  [[nodiscard]] AgentPhoneApi with(Credentials& credentials) const { return {transport_, credentials}; }

  Result<SignUp> sign_up(const SignUpRequest& request, const Options& options);
  Result<Verified> verify(const VerifyRequest& request, const Options& options);

  Result<Usage> usage(const Options& options);

  Result<Page<Agent>> list_agents(const PageQuery& page, const Options& options);
  Result<Agent> get_agent(std::string_view agent_id, const Options& options);
  Result<Agent> create_agent(const AgentSettings& settings, const Options& options);
  Result<Agent> update_agent(std::string_view agent_id, const AgentSettings& settings, const Options& options);
  Result<DeletedAgent> delete_agent(std::string_view agent_id, const Options& options);
  Result<AttachedNumber> attach_number(std::string_view agent_id, std::string_view number_id, const Options& options);
  Status detach_number(std::string_view agent_id, std::string_view number_id, const Options& options);
  Result<std::vector<Voice>> list_voices(const Options& options);

  Result<Page<PhoneNumber>> list_numbers(const PageQuery& page, const Options& options);
  Result<PhoneNumber> buy_number(const BuyNumberRequest& request, const Options& options);
  Result<ReleasedNumber> release_number(std::string_view number_id, const Options& options);

  Result<SentMessage> send_message(const SendMessageRequest& request, const Options& options);
  Result<Page<Message>> list_messages(std::string_view number_id, const MessageQuery& query, const Options& options);
  /// `agent_id` absent: the whole account.
  Result<Page<Conversation>> list_conversations(const std::optional<std::string>& agent_id, const PageQuery& page,
                                                const Options& options);
  Result<Conversation> get_conversation(std::string_view conversation_id, std::optional<std::int64_t> message_limit,
                                        const Options& options);

  Result<Call> place_call(const PlaceCallRequest& request, const Options& options);
  /// `agent_id` absent: the whole account. The agent's list of the service takes no filter: filtering is ours then.
  Result<Page<Call>> list_calls(const std::optional<std::string>& agent_id, const CallQuery& query,
                                const Options& options);
  /// With `wait` (10-300 s) the service may hold its answer until the call is over or that time is up; `options` has to
  /// leave it that long. It is free to answer at once.
  Result<Call> get_call(std::string_view call_id, const Options& options,
                        std::optional<std::chrono::seconds> wait = std::nullopt);
  /// What was and is said, until the call is over or on_event has enough. kUpstreamDown when the stream broke off
  /// before: it begins anew with the first turn each time it is asked for. kTimeout when `options` ran out.
  Status follow_transcript(std::string_view call_id, const OnTranscriptEvent& on_event, const Options& options);
  /// Hangs up. kConflict when the call is not live any more.
  Result<EndedCall> end_call(std::string_view call_id, const Options& options);

  /// `agent_id` absent: the account's webhook. An absent result means that none is set.
  Result<std::optional<Webhook>> get_webhook(const std::optional<std::string>& agent_id, const Options& options);
  Result<Webhook> set_webhook(const std::optional<std::string>& agent_id, const SetWebhookRequest& request,
                              const Options& options);
  Result<WebhookTest> test_webhook(const std::optional<std::string>& agent_id, const Options& options);

 private:
  /// Sends, checks the status and parses: the JSON of a 2xx (null for an empty body), or the Error it stands for.
  Result<Json> call(http::Method method, std::string target, const Json* body, const Options& options,
                    bool needs_key = true);

  /// The answer when it is a 2xx, or the Error that it or the way to it stands for.
  static Result<http::HttpResponse> accepted(Result<http::HttpResponse> response, const http::HttpRequest& request);

  http::HttpTransport& transport_;
  Credentials& credentials_;
};

}  // namespace apmcp::agentphone

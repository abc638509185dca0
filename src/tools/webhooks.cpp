#include <algorithm>
#include <array>

#include "policy/outbound.h"
#include "tools/bindings.h"
#include "tools/outcome.h"
#include "tools/render.h"

namespace apmcp::tools {
namespace {

std::string secret_sentence(const Json& webhook, bool revealed) {
  if (!webhook.contains("secret")) return "";
  return (revealed ? "Signing secret: " : "Signing secret (masked): ") + webhook["secret"].get<std::string>() + ". ";
}

std::string whose(const std::optional<std::string>& agent_id) {
  return agent_id ? "agent " + *agent_id : std::string("the account");
}

struct GetWebhook {
  std::optional<std::string> agent_id;
  bool reveal_secret = false;

  static GetWebhook from(JsonReader& in) {
    return {in.opt_str("agent_id"), in.opt_boolean("reveal_secret").value_or(false)};
  }
};

Result<ToolOutput> get_webhook(const GetWebhook& in, ToolCall& call) {
  const auto found = call.api().get_webhook(in.agent_id, call.options);
  if (!found) return found.error();
  if (!found->has_value()) {
    const std::string next = in.agent_id
                                 ? "Events of this agent go to the account's webhook, if that is set: get_webhook "
                                   "without agent_id shows it. set_webhook sets one."
                                 : "Agents in hosted mode need none. For webhook mode: set_webhook.";
    return ToolOutput{.structured = {{"configured", false}, {"next_step", next}},
                      .text = "No webhook is set for " + whose(in.agent_id) + ". " + next};
  }
  const Json webhook = webhook_details(**found, in.agent_id.has_value(), in.reveal_secret);
  const std::string next = in.reveal_secret ? "Store the secret where deliveries are verified; test_webhook tries one."
                                            : "test_webhook tries a delivery; reveal_secret true shows the secret.";
  return ToolOutput{.structured = {{"configured", true}, {"webhook", webhook}, {"next_step", next}},
                    .text = "Events of " + whose(in.agent_id) + " go to " + inline_text((*found)->url) + " (" +
                            inline_text((*found)->status) + "). " + secret_sentence(webhook, in.reveal_secret) + next};
}

struct SetWebhook {
  std::string url;
  std::optional<std::string> agent_id;
  std::optional<std::int64_t> context_limit, timeout_seconds;
  bool reveal_secret = false;
  std::optional<bool> keep_secret;

  static SetWebhook from(JsonReader& in) {
    return {in.str("url"),
            in.opt_str("agent_id"),
            in.opt_integer("context_limit"),
            in.opt_integer("timeout_seconds"),
            in.opt_boolean("reveal_secret").value_or(false),
            in.opt_boolean("keep_secret")};
  }
};

bool is_to_be_kept(const SetWebhook& in, const ToolCall& call) {
  return in.keep_secret.value_or(call.services.inbox != nullptr);
}

/// Where the secret is kept for the receiver of this server; absent when nobody asked for that.
std::optional<Status> keep_secret(const SetWebhook& in, const std::string& secret, ToolCall& call) {
  if (!is_to_be_kept(in, call)) return std::nullopt;
  if (call.services.webhook_secrets == nullptr) {
    return Status(Error{.code = ErrorCode::kPolicyDenied, .message = "This server keeps no secrets of its callers."});
  }
  return call.services.webhook_secrets->keep(in.agent_id.value_or(""), Secret(secret));
}

std::string after_setting(const SetWebhook& in, const std::optional<Status>& kept, const ToolCall& call) {
  if (kept && *kept) {
    return std::string("The secret is kept for this server's inbox. Try a delivery with test_webhook, then ") +
           "list_events.";
  }
  if (kept && call.services.webhook_secrets != nullptr) {
    return "This server's inbox uses the secret, but it is not on disk: " + kept->error().message +
           " Try a delivery with test_webhook, then list_events.";
  }
  std::string next = kept ? "The secret could not be kept: " + kept->error().message + " " : "";
  return next + (in.reveal_secret ? "Store the secret where deliveries are verified, then try one with test_webhook."
                                  : "Get the secret with get_webhook and reveal_secret true, store it where "
                                    "deliveries are verified, then try one with test_webhook.");
}

/// The answer with the new secret is lost, but not the secret: a look shows the one in force.
Error keep_what_a_look_shows(const SetWebhook& in, Error error, ToolCall& call) {
  constexpr std::chrono::milliseconds kLookTimeout{10'000};
  error = explain_unknown_outcome("set_webhook", std::move(error));
  if (!is_to_be_kept(in, call)) return error;
  // Also for a client that has cancelled: the secret may have changed all the same.
  const auto found = call.api().get_webhook(in.agent_id, {.timeout = std::min(call.options.timeout, kLookTimeout)});
  const bool is_there = found && found->has_value() && (*found)->url == in.url && !(*found)->secret.empty();
  const auto kept = is_there ? keep_secret(in, (*found)->secret, call) : std::nullopt;
  error.data["secret_kept"] = kept && *kept;
  if (kept && call.services.webhook_secrets != nullptr) {
    error.message += *kept ? " Looking showed this URL, and its signing secret is kept for this server's inbox."
                           : " Looking showed this URL, and this server's inbox uses its signing secret, but it is not "
                             "on disk: " +
                                 kept->error().message;
    error.next_step =
        "Check with get_webhook, then try a delivery with test_webhook and list_events. If it does not arrive, call "
        "set_webhook again.";
  } else {
    error.next_step +=
        " That is what to do if get_webhook shows this URL: the new secret is not known to this server's inbox, which "
        "refuses deliveries until it keeps one.";
  }
  return error;
}

Result<ToolOutput> set_webhook(const SetWebhook& in, ToolCall& call) {
  auto url = policy::check_public_https_url("url", in.url, call.services.allow_loopback_urls);
  if (!url) return std::move(url).error();
  const agentphone::WebhookSecrets::Replacement replacement(call.services.webhook_secrets);
  const auto set = call.api().set_webhook(
      in.agent_id, {.url = in.url, .context_limit = in.context_limit, .timeout_seconds = in.timeout_seconds},
      call.options);
  if (!set && set.error().code == ErrorCode::kOutcomeUnknown) return keep_what_a_look_shows(in, set.error(), call);
  if (!set) return set.error();
  const Json webhook = webhook_details(*set, in.agent_id.has_value(), in.reveal_secret);
  const std::string warning =
      "A new signing secret is in force; the one before stopped working at once, and so did a URL set before.";
  const std::optional<Status> kept = keep_secret(in, set->secret, call);
  const std::string next = after_setting(in, kept, call);
  return ToolOutput{
      .structured = {{"webhook", webhook}, {"secret_kept", kept && *kept}, {"warning", warning}, {"next_step", next}},
      .text = "Events of " + whose(in.agent_id) + " go to " + inline_text(set->url) + " now. " +
              secret_sentence(webhook, in.reveal_secret) + warning + " " + next};
}

struct TestWebhook {
  std::optional<std::string> agent_id;

  static TestWebhook from(JsonReader& in) { return {in.opt_str("agent_id")}; }
};

Result<ToolOutput> test_webhook(const TestWebhook& in, ToolCall& call) {
  const auto test = call.api().test_webhook(in.agent_id, call.options);
  if (!test) return test.error();
  Json answer = Json::object();
  put(answer, "http_status", test->http_status);
  put(answer, "response_ms", test->response_ms);
  put(answer, "error", test->error_message);
  const std::string next = test->success
                               ? "Deliveries arrive. Check on the receiving side that the signature was verified."
                               : "Check that the endpoint is reachable and answers 2xx, then test_webhook again; "
                                 "get_webhook shows the URL.";
  std::string text =
      test->success ? "The endpoint accepted the test event" : "The endpoint did not accept the test event";
  if (test->http_status) text += ", status " + std::to_string(*test->http_status);
  if (test->error_message) text += ", error: " + inline_text(*test->error_message);
  return ToolOutput{.structured = {{"success", test->success}, {"answer", answer}, {"next_step", next}},
                    .text = text + ". " + next};
}

constexpr std::array kWebhookBindings{
    bind<GetWebhook, get_webhook>("get_webhook"),
    bind<SetWebhook, set_webhook>("set_webhook"),
    bind<TestWebhook, test_webhook>("test_webhook"),
};

}  // namespace

std::span<const Binding> webhook_bindings() {
  return kWebhookBindings;
}

}  // namespace apmcp::tools

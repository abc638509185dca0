#pragma once

#include <functional>
#include <string_view>

#include "base/clock.h"
#include "inbox/inbox.h"
#include "listener/http_listener.h"
#include "webhook/receiver.h"

namespace apmcp::inbox {

inline constexpr std::string_view kEndpointPath = "/webhooks/agentphone";
inline constexpr std::size_t kMaxDelivery = std::size_t{1} << 20;  ///< bytes of one body

/// All pointers are not null and outlive the endpoint, as does what the functions use. The functions are called from
/// many threads.
struct EndpointOptions {
  Inbox* inbox = nullptr;
  const Clock* clock = nullptr;
  std::function<webhook::SigningSecrets()> secrets;  ///< of now: those of the account and of agents
  Json voice_answer;                                 ///< what is said to whoever is on the line of a webhook-mode agent
  std::function<void(const webhook::Event&)> on_kept;  ///< after an event was kept, before it is answered; not empty
  /// Told what became of each delivery: "kept", "repeated" (it was there), "ignored" (nobody wants it), "refused" (for
  /// good), "put_off" (it cannot be checked now) or "not_kept" (the inbox failed). Not empty.
  std::function<void(std::string_view outcome)> count;
};

struct Endpoint {
  listener::HttpHandler handler;
  listener::HeadCheck check_head;  ///< refuses what the handler would refuse, as far as the head shows it
};

/// Answers POSTs to kEndpointPath, and 404 or 405 to all else. 200 when the event is in the inbox, now or before, or
/// when it is ignored (an echo, an unknown name); 503 when it could not be kept, so that it is sent again, except for a
/// turn of a call, which is answered all the same. No token is needed: the signature counts. A refusal is logged as a
/// warning with what to check, at most once a minute for each reason.
Endpoint make_endpoint(EndpointOptions options);

}  // namespace apmcp::inbox

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "webhook/event.h"

namespace apmcp::webhook {

/// One POST to the receiver, as received. A header that is missing, or there twice, is empty here.
struct Delivery {
  std::string_view id;         ///< X-Webhook-ID, the same on every retry
  std::string_view timestamp;  ///< X-Webhook-Timestamp
  std::string_view signature;  ///< X-Webhook-Signature
  std::string_view body;       ///< the raw bytes
};

/// A delivery that is believed.
struct Received {
  std::string delivery_id;  ///< of the header, or else made from the event: the same on every retry
  std::string signature;    ///< of time and body: the same only for the very same request
  Event event;
};

/// What deliveries are checked with.
struct SigningSecrets {
  std::vector<Secret> known;
  bool is_changing = false;  ///< AgentPhone may sign with one already that will be known in a moment
};

/// A delivery that is not believed.
struct Refusal {
  int status = 0;
  std::string_view why;         ///< for the log and the answer; one of few, and repeats nothing that was sent
  std::string_view check = {};  ///< for the log: what the operator can look at; may be empty
  std::optional<std::chrono::seconds> age = {};  ///< of X-Webhook-Timestamp by this clock, when it is why; can be < 0
};

inline constexpr Refusal kUnsigned{400, "X-Webhook-Signature or X-Webhook-Timestamp is missing.",
                                   "whether a proxy removes the headers X-Webhook-*; if not, this was not AgentPhone"};

/// Checks a delivery and only then reads it: the headers are there, the time is within 300 s, one of `secrets` has
/// signed it, the body is an event. Without secrets, or while they change, what cannot be checked is answered with 503,
/// so that it is sent again. The id is
/// not signed, so who keeps deliveries takes neither an id nor a signature twice. Pure and thread-safe.
std::variant<Received, Refusal> receive(const Delivery& delivery, const SigningSecrets& secrets, Clock::TimePoint now);

}  // namespace apmcp::webhook

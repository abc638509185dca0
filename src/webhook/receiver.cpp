#include "webhook/receiver.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/http_syntax.h"
#include "webhook/signature.h"

namespace apmcp::webhook {
namespace {

constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kUnavailable = 503;
/// Ids of the service have some 60 characters.
constexpr std::size_t kLongestId = 256;

Verdict judge(const Delivery& delivery, std::span<const Secret> secrets, Clock::TimePoint now) {
  Verdict verdict = Verdict::kBadSignature;
  for (const Secret& secret : secrets) {
    verdict = verify(secret.reveal(), delivery.timestamp, delivery.body, delivery.signature, now);
    if (verdict != Verdict::kBadSignature) break;  // genuine, or a time that no other secret mends
  }
  return verdict;
}

bool is_id(std::string_view text) {
  return text.size() <= kLongestId && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

/// The same text on every retry, because the body is the same. Only a text has an id of its own; of all else there may
/// be two in one second.
std::string id_of(const Event& event, std::string_view body) {
  const bool is_text = event.kind == EventKind::kMessage && !event.message_id.empty();
  return event.name + ":" + (is_text ? event.message_id : sign({}, {}, body)) + ":" + event.at;
}

/// `delivery` has a timestamp that can be read.
Refusal stale(const Delivery& delivery, Clock::TimePoint now) {
  const auto sent = static_cast<std::int64_t>(parse_digits(delivery.timestamp, 10).value_or(0));
  const auto age = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()) - std::chrono::seconds(sent);
  return {.status = kUnauthorized,
          .why = "X-Webhook-Timestamp is more than 300 seconds from now.",
          .check = "the clock of this machine (NTP); an old delivery that was sent again is refused too",
          .age = age};
}

}  // namespace

std::variant<Received, Refusal> receive(const Delivery& delivery, const SigningSecrets& secrets, Clock::TimePoint now) {
  if (delivery.signature.empty() || delivery.timestamp.empty()) return kUnsigned;
  if (!is_id(delivery.id)) return Refusal{kBadRequest, "X-Webhook-ID is not an id."};
  if (secrets.known.empty()) {
    return Refusal{kUnavailable, "No signing secret is known here yet.",
                   "that set_webhook was called, or --webhook-secret-file holds the signing secret"};
  }
  switch (judge(delivery, secrets.known, now)) {
    case Verdict::kBadTimestamp: return Refusal{kBadRequest, "X-Webhook-Timestamp is not a Unix time."};
    case Verdict::kStale: return stale(delivery, now);
    case Verdict::kBadSignature:
      if (secrets.is_changing) return Refusal{kUnavailable, "The signing secret is being replaced. Send it again."};
      return Refusal{kUnauthorized, "The signature is wrong.",
                     "that the signing secret here is that of the webhook: call set_webhook again, or renew "
                     "--webhook-secret-file"};
    case Verdict::kGenuine: break;
  }
  auto event = parse_event(delivery.body);
  if (!event) return Refusal{kBadRequest, "The body is not an event."};
  std::string id = delivery.id.empty() ? id_of(*event, delivery.body) : std::string(delivery.id);
  return Received{
      .delivery_id = std::move(id), .signature = std::string(delivery.signature), .event = *std::move(event)};
}

}  // namespace apmcp::webhook

#include "policy/destination.h"

#include <utility>

namespace apmcp::policy {
namespace {

Error denied(std::string_view field, std::string_view why, std::string_view next_step) {
  return {.code = ErrorCode::kPolicyDenied,
          .message = std::string(field) + " " + std::string(why),
          .next_step = std::string(next_step),
          .data = {{"field", field}}};
}

}  // namespace

Result<Destination> check_destination(const numbers::NumberPlan& plan, std::string_view field, std::string_view text) {
  auto dialed = plan.parse(text);
  if (!dialed) {
    Error error = std::move(dialed).error();
    error.message = std::string(field) + " " + error.message;
    if (!error.data.is_object()) error.data = Json::object();
    error.data["field"] = field;
    return error;
  }
  switch (dialed->kind) {
    case numbers::NumberKind::kEmergency:
      return denied(field, "is an emergency, N11 or crisis line. Such lines cannot be called or texted from here.",
                    "Tell the person to dial it themselves, directly from their own phone, now if it is urgent. Do "
                    "not look for a way around this.");
    case numbers::NumberKind::kShortCode:
      return denied(field, "is a short number. Only full phone numbers can be called or texted from here.",
                    "Use a full number such as \"+14155550123\", or tell the person to dial the short number "
                    "themselves.");
    case numbers::NumberKind::kPremium:
      return denied(field, "is a premium-rate line, which charges whoever reaches it.",
                    "Find an ordinary number of the same business, or tell the person to dial it themselves.");
    case numbers::NumberKind::kOrdinary: break;
  }
  Destination destination{.e164 = std::move(dialed->e164)};
  if (dialed->was_national) {
    destination.note = "No country code was given, so " + std::string(field) + " was read as " + destination.e164 +
                       " (US and Canada). Confirm the number with the person when it matters.";
  }
  return destination;
}

}  // namespace apmcp::policy

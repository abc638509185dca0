#include "policy/destination.h"

#include <algorithm>
#include <array>
#include <utility>

namespace apmcp::policy {
namespace {

constexpr std::array<RefusedLines, 3> kRefused{{
    {numbers::NumberKind::kEmergency, "emergency",
     "is an emergency, N11 or crisis line. Such lines cannot be called or texted from here.",
     "Tell the person to dial it themselves, directly from their own phone, now if it is urgent. Do not look for a way "
     "around this."},
    {numbers::NumberKind::kShortCode, "short",
     "is a short number. Only full phone numbers can be called or texted from here.",
     "Use a full number such as \"+14155550123\", or tell the person to dial the short number themselves."},
    {numbers::NumberKind::kPremium, "premium", "is a premium-rate line, which charges whoever reaches it.",
     "Find an ordinary number of the same business, or tell the person to dial it themselves."},
}};

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
  const auto* const refused = std::find_if(kRefused.begin(), kRefused.end(),
                                           [&](const RefusedLines& lines) { return lines.kind == dialed->kind; });
  if (refused != kRefused.end()) {
    return Error{.code = ErrorCode::kPolicyDenied,
                 .message = std::string(field) + " " + std::string(refused->why),
                 .next_step = std::string(refused->next_step),
                 .data = {{"field", field}}};
  }
  Destination destination{.e164 = std::move(dialed->e164)};
  if (dialed->was_national) {
    destination.note = "No country code was given, so " + std::string(field) + " was read as " + destination.e164 +
                       " (US and Canada). Confirm the number with the person when it matters.";
  }
  return destination;
}

std::span<const RefusedLines> refused_lines() {
  return kRefused;
}

}  // namespace apmcp::policy

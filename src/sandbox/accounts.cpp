#include <algorithm>
#include <array>

#include "sandbox/operations.h"

namespace apmcp::sandbox {
namespace {

constexpr std::chrono::minutes kCodeLife{10};
constexpr int kMaxWrongTries = 5;
constexpr std::size_t kMailboxSize = 1'000;

constexpr std::array<FieldRule, 2> kSignUpRules = {{
    {.name = "human_email",
     .required = true,
     .min = 6,
     .max = 200,
     .fits = is_mailbox,
     .pattern = "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$"},
    {.name = "agent_name"},
}};

constexpr std::array<FieldRule, 3> kVerifyRules = {{
    {.name = "verification_id", .required = true, .min = 1},
    {.name = "otp_code", .required = true, .fits = is_six_digits, .pattern = "^[0-9]{6}$"},
    {.name = "source"},
}};

constexpr std::array<std::string_view, 6> kThrowAwayDomains = {
    "mailinator.com", "guerrillamail.com", "10minutemail.com", "yopmail.com", "trashmail.com", "temp-mail.org"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

std::string starter_name(const std::optional<std::string>& asked, const std::string& email) {
  if (asked && !asked->empty()) return cut_text(*asked, 100);
  return cut_text("agent-" + email.substr(0, email.find('@')), 100);
}

struct Activity {
  std::int64_t total = 0, day = 0, week = 0, month = 0;

  void count(TimePoint at, TimePoint now) {
    const auto age = now - at;
    ++total;
    if (age <= std::chrono::hours{24}) ++day;
    if (age <= std::chrono::hours{24 * 7}) ++week;
    if (age <= std::chrono::hours{24 * 30}) ++month;
  }
};

/// Why a sign-up in this state cannot be finished; absent when it can.
std::optional<Reply> check_code(const World& world, SignUp& sign_up, const std::string& code) {
  if (sign_up.used) return refuse(409, "This verification was already completed. Its API key cannot be shown again.");
  if (sign_up.wrong_tries >= kMaxWrongTries) return refuse(429, "Too many wrong codes. Start the sign-up again.");
  if (world.now() >= sign_up.expires) return refuse(400, "The verification code has expired. Start the sign-up again.");
  if (sign_up.code != code) {
    ++sign_up.wrong_tries;
    return refuse(400, "The verification code is not correct.");
  }
  if (world.account_of_email.contains(sign_up.email)) return refuse(409, "An account with this email already exists.");
  return std::nullopt;
}

}  // namespace

Rules sign_up_rules() {
  return kSignUpRules;
}

Rules verify_rules() {
  return kVerifyRules;
}

Reply start_sign_up(Context& in) {
  const std::string given = text_of(in.body, "human_email").value_or("");
  const std::string email = lower(given);
  const std::string domain = email.substr(email.find('@') + 1);
  if (std::find(kThrowAwayDomains.begin(), kThrowAwayDomains.end(), domain) != kThrowAwayDomains.end()) {
    return refuse(400, "Disposable email addresses are not accepted.");
  }
  World& world = in.world;
  if (world.account_of_email.contains(email)) {
    return refuse(409, "An account with this email already exists. Create an API key in the dashboard instead.");
  }
  const std::string id = world.next_id("ver");
  const SignUp sign_up{.email = email,
                       .agent_name = starter_name(text_of(in.body, "agent_name"), email),
                       .code = world.random.code(),
                       .sent = world.now(),
                       .expires = world.now() + kCodeLife};
  world.sign_ups[id] = sign_up;
  world.mailbox.push_back({email, sign_up.code, id, sign_up.sent, sign_up.expires});
  if (world.mailbox.size() > kMailboxSize) world.mailbox.pop_front();
  return ok({{"verification_id", id},
             {"human_email", given},
             {"expires_at", iso8601(sign_up.expires)},
             {"message", "A six-digit code was sent to this mailbox. Ask its owner for the code, then call verify."}});
}

Reply finish_sign_up(Context& in) {
  SignUp* sign_up = find_in(in.world.sign_ups, text_of(in.body, "verification_id").value_or(""));
  if (sign_up == nullptr) return refuse(404, "Verification not found.");
  if (auto refusal = check_code(in.world, *sign_up, text_of(in.body, "otp_code").value_or(""))) return *refusal;
  // The sandbox has no live keys: whatever it mints says so.
  const std::string key = "sk_test_" + in.world.random.token();
  const Account* account = in.world.open_account(key, sign_up->email, sign_up->agent_name);
  if (account == nullptr) return refuse(503, "No US number is in stock. Send the same code again later.");
  sign_up->used = true;
  const Number& number = account->numbers.begin()->second;
  return ok({{"account_id", account->id},
             {"agent_id", account->agents.begin()->first},
             {"number_id", number.id},
             {"phone_number", number.e164},
             {"api_key", key}});
}

Reply get_usage(Context& in) {
  const Account& account = *in.account;
  const TimePoint now = in.world.now();
  Activity messages;
  Activity calls;
  for (const auto& [id, conversation] : account.conversations) {
    for (const Message& message : conversation.messages) messages.count(message.at, now);
  }
  for (const auto& [id, call] : account.calls) calls.count(call.started, now);
  const std::size_t used = account.numbers_held();
  const std::size_t limit = in.world.number_limit;
  const auto today = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(now)};
  const std::chrono::sys_days month{today.year() / today.month() / 1};
  const std::chrono::sys_days next{today.year() / today.month() / 1 + std::chrono::months{1}};
  return ok({{"plan",
              {{"name", "payg"},
               {"limits",
                {{"numbers", limit},
                 {"messagesPerMonth", 1'000'000},
                 {"voiceMinutesPerMonth", 1'000'000},
                 {"maxCallDurationMinutes", 60},
                 {"concurrentCalls", 20}}}}},
             {"numbers", {{"used", used}, {"limit", limit}, {"remaining", limit - std::min(limit, used)}}},
             {"stats",
              {{"totalMessages", messages.total},
               {"messagesLast24h", messages.day},
               {"messagesLast7d", messages.week},
               {"messagesLast30d", messages.month},
               {"totalCalls", calls.total},
               {"callsLast24h", calls.day},
               {"callsLast7d", calls.week},
               {"callsLast30d", calls.month},
               {"totalWebhookDeliveries", account.deliveries_total},
               {"successfulWebhookDeliveries", account.deliveries_ok},
               {"failedWebhookDeliveries", account.deliveries_failed}}},
             {"periodStart", iso8601(month)},
             {"periodEnd", iso8601(next)}});
}

}  // namespace apmcp::sandbox

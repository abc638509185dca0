#include <algorithm>
#include <array>

#include "sandbox/operations.h"
#include "sandbox/rows.h"

namespace apmcp::sandbox {
namespace {

constexpr std::int64_t kMonthlyCents = 300;

constexpr std::array<std::string_view, 2> kCountries = {"US", "CA"};
constexpr std::array<FieldRule, 3> kBuyRules = {{
    {.name = "country", .options = kCountries},
    {.name = "areaCode", .fits = is_three_digits, .pattern = "^[0-9]{3}$"},
    {.name = "agentId", .min = 1},
}};

/// Canadian area codes that the sandbox knows; every other valid code is taken as American.
constexpr std::array<std::string_view, 18> kCanadian = {"416", "647", "437", "905", "514", "438", "604", "778", "236",
                                                        "403", "587", "780", "204", "306", "613", "902", "506", "709"};
/// American codes that stand for "sold out", so that a client can meet that answer.
constexpr std::array<std::string_view, 2> kSoldOut = {"332", "628"};

template <typename List>
bool holds(const List& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// The number plan has no codes that start with 0 or 1, and none of the form N11.
bool is_area_code(std::string_view code) {
  return code[0] >= '2' && !(code[1] == '1' && code[2] == '1');
}

bool has_stock(std::string_view code, const std::string& country) {
  return is_area_code(code) && !holds(kSoldOut, code) && holds(kCanadian, code) == (country == "CA");
}

std::string nearby(const std::string& country) {
  return country == "CA" ? "416, 604, 514" : "415, 212, 312";
}

}  // namespace

Rules buy_number_rules() {
  return kBuyRules;
}

Reply list_numbers(Context& in) {
  std::vector<const Number*> held;
  for (const auto& [id, number] : in.account->numbers) {
    if (!number.released) held.push_back(&number);
  }
  return offset_page(in.query, held, number_row);
}

Reply buy_number(Context& in) {
  Account& account = *in.account;
  const std::string country = text_of(in.body, "country").value_or("US");
  const std::string agent_id = text_of(in.body, "agentId").value_or("");
  const std::string area = text_of(in.body, "areaCode").value_or(country == "CA" ? "416" : "415");
  if (!agent_id.empty() && find_in(account.agents, agent_id) == nullptr) return refuse(404, "Agent not found.");
  if (account.numbers_held() >= in.world.number_limit) {
    return coded(
        409, "VALIDATION_ERROR_NUMBER_LIMIT", "validation_error",
        "Number limit reached: " + std::to_string(in.world.number_limit) + " numbers are held. Support can raise it.");
  }
  if (account.balance_cents < kMonthlyCents) {
    return coded(402, "INSUFFICIENT_BALANCE", "billing_error",
                 "The balance is too low to buy a number. Add funds first.");
  }
  const auto e164 = has_stock(area, country) ? in.world.free_number(area) : std::nullopt;
  if (!e164) {
    return refuse(409,
                  "No numbers are available in area code " + area + ". Available nearby: " + nearby(country) + ".");
  }
  account.balance_cents -= kMonthlyCents;
  const std::string id = in.world.next_id("num");
  const Number number{
      .id = id, .e164 = *e164, .country = country, .agent_id = agent_id, .created = in.world.now(), .released = false};
  account.numbers.emplace(id, number);
  return ok(number_row(number));
}

Reply release_number(Context& in) {
  Number* number = find_in(in.account->numbers, in.ids[0]);
  if (number == nullptr) return refuse(404, "Number not found.");
  if (number->released) return refuse(400, "This number was already released.");
  number->released = true;
  number->agent_id.clear();
  return ok({{"success", true}, {"phoneNumber", number->e164}, {"status", "released"}});
}

}  // namespace apmcp::sandbox

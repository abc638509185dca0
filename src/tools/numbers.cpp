#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "tools/bindings.h"
#include "tools/outcome.h"
#include "tools/readings.h"
#include "tools/render.h"

namespace apmcp::tools {
namespace {

constexpr double kMonthlyPriceUsd = 3.00;  // product brief, section 7.3

struct ListNumbers {
  agentphone::PageQuery page;

  static ListNumbers from(JsonReader& in) { return {{in.opt_integer("limit"), in.opt_integer("offset")}}; }
};

Result<ToolOutput> list_numbers(const ListNumbers& in, ToolCall& call) {
  const auto numbers = call.api().list_numbers(in.page, call.options);
  if (!numbers) return numbers.error();
  Json rows = Json::array();
  std::string lines;
  for (const auto& number : numbers->data) {
    rows.push_back(number_row(number));
    lines += "\n" + named(number.phone_number, number.id) + ", " + inline_text(number.country) + ", " +
             inline_text(number.status) + ", agent " + inline_text(number.agent_id.value_or("none"));
  }
  Json page = page_info(*numbers, in.page.offset);
  const std::string next = numbers->data.empty() ? "buy_number gets one."
                                                 : "Take the number_id for list_messages, attach_number or send_sms.";
  std::string text = page_sentence(page, rows.size(), "numbers") + lines + "\n" + next;
  return ToolOutput{.structured = list_result("numbers", std::move(rows), std::move(page), next),
                    .text = std::move(text)};
}

struct BuyNumber {
  std::string country;
  std::optional<std::string> area_code, agent_id;

  static BuyNumber from(JsonReader& in) { return {in.str("country"), in.opt_str("area_code"), in.opt_str("agent_id")}; }
};

Result<Preview> preview_purchase(const BuyNumber& in, ToolCall& call) {
  const auto usage = call.api().usage(call.options);
  const bool hopeless =
      !usage && (usage.error().code == ErrorCode::kUnauthorized || usage.error().code == ErrorCode::kCancelled);
  if (hopeless) return usage.error();
  Preview preview{.text = "This would buy a number in " + in.country};
  preview.facts = {{"country", in.country}, {"monthly_price_usd", kMonthlyPriceUsd}, {"refundable", false}};
  if (in.area_code) {
    preview.text += " with area code " + *in.area_code;
    preview.facts["area_code"] = *in.area_code;
  }
  preview.text += in.agent_id ? " for agent " + *in.agent_id : ", without an agent";
  preview.text += ": 3.00 USD a month, the first month now, no refund on release. ";
  if (in.agent_id) preview.facts["agent_id"] = *in.agent_id;
  if (usage) {
    preview.text += "The account holds " + std::to_string(usage->numbers_used) + " of " +
                    std::to_string(usage->numbers_limit) + " numbers; " + std::to_string(usage->numbers_remaining) +
                    " more may be bought.";
    preview.facts["numbers_held"] = usage->numbers_used;
    preview.facts["numbers_left"] = usage->numbers_remaining;
  } else {
    preview.text += "How many numbers the account holds could not be read just now.";
  }
  return preview;
}

Result<ToolOutput> buy_number(const BuyNumber& in, ToolCall& call) {
  const agentphone::BuyNumberRequest request{.country = in.country, .area_code = in.area_code, .agent_id = in.agent_id};
  const auto since = call.services.service_now();
  const auto number = call.api().buy_number(request, call.options);
  if (!number) return look_up("buy_number", number.error(), request, agentphone::find_bought_number, since, call);
  Json row = number_row(*number);
  row["monthly_price_usd"] = kMonthlyPriceUsd;
  const std::string next = number->agent_id ? "The agent can text and call from it at once: send_sms, place_call."
                                            : "It has no agent yet: attach_number gives it one.";
  return ToolOutput{.structured = {{"number", row}, {"next_step", next}},
                    .text = "Bought " + named(number->phone_number, number->id) + " for 3.00 USD a month. " + next};
}

struct ReleaseNumber {
  std::string number_id;

  static ReleaseNumber from(JsonReader& in) { return {in.str("number_id")}; }
};

Result<Preview> preview_release(const ReleaseNumber& in, ToolCall& call) {
  const auto number = find_number(in.number_id, call);
  if (!number) return number.error();
  Preview preview{.text = "This would give back " + named(number->phone_number, number->id) +
                          " for good: it never comes "
                          "back, and the rest of the month is not refunded. "};
  preview.facts = {
      {"number_id", number->id}, {"phone_number", number->phone_number}, {"refund", false}, {"can_be_undone", false}};
  if (!number->agent_id) {
    preview.text += "No agent uses it.";
    return preview;
  }
  const auto agent = call.api().get_agent(*number->agent_id, call.options);
  preview.facts["agent_id"] = *number->agent_id;
  if (agent) preview.facts["agent_name"] = agent->name;
  preview.text += "Agent " + named(agent ? agent->name : "", *number->agent_id) + " would lose it.";
  return preview;
}

Result<ToolOutput> release_number(const ReleaseNumber& in, ToolCall& call) {
  // Read first: a released number no longer names its agent. The release does not depend on it, nor wait long for it.
  constexpr std::chrono::milliseconds kLookTimeout{2'000};
  const auto numbers =
      call.api().list_numbers({.limit = 100, .offset = 0},
                              {.stop = call.options.stop, .timeout = std::min(call.options.timeout, kLookTimeout)});
  const auto released = call.api().release_number(in.number_id, call.options);
  if (!released) return released.error();
  Json number{{"number_id", in.number_id}, {"phone_number", released->phone_number}, {"released", true}};
  if (numbers) {
    for (const auto& before : numbers->data) {
      if (before.id == in.number_id) put(number, "former_agent_id", before.agent_id);
    }
  }
  const std::string next =
      "It is gone and costs nothing more. Its past texts and calls stay readable; buy_number gets another.";
  return ToolOutput{.structured = {{"number", number}, {"next_step", next}},
                    .text = "Released " + named(released->phone_number, in.number_id) + ". " + next};
}

constexpr std::array kNumberBindings{
    bind<ListNumbers, list_numbers>("list_numbers"),
    bind_confirmed<BuyNumber, buy_number, preview_purchase>("buy_number"),
    bind_confirmed<ReleaseNumber, release_number, preview_release>("release_number"),
};

}  // namespace

Result<agentphone::PhoneNumber> find_number(const std::string& number_id, ToolCall& call) {
  constexpr std::int64_t kPage = 100;
  for (std::int64_t offset = 0; offset < 10 * kPage; offset += kPage) {
    auto page = call.api().list_numbers({.limit = kPage, .offset = offset}, call.options);
    if (!page) return std::move(page).error();
    const auto found = std::find_if(page->data.begin(), page->data.end(),
                                    [&number_id](const auto& number) { return number.id == number_id; });
    if (found != page->data.end()) return std::move(*found);
    if (!page->has_more || page->data.empty()) break;
  }
  return Error{.code = ErrorCode::kNotFound,
               .message = "The account holds no number with the id " + inline_text(number_id) + ".",
               .next_step = "list_numbers shows the valid number_id values; a released number is not among them."};
}

std::span<const Binding> number_bindings() {
  return kNumberBindings;
}

}  // namespace apmcp::tools

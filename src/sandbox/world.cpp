#include "sandbox/world.h"

#include <algorithm>

#include <openssl/rand.h>

namespace apmcp::sandbox {
namespace {

/// Where starter numbers come from, in this order.
constexpr std::array<std::string_view, 5> kStarterAreas = {"415", "212", "650", "312", "206"};
/// Own lines are NPA-555-0200 to NPA-555-0999: never assigned in reality, and apart from the people at 0100-0199.
constexpr std::uint64_t kFirstLine = 200;
constexpr std::uint64_t kLastLine = 999;

std::vector<unsigned char> random_bytes(std::size_t count) {
  std::vector<unsigned char> bytes(count);
  RAND_bytes(bytes.data(), static_cast<int>(count));
  return bytes;
}

std::string padded(std::uint64_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  return std::string(width - std::min(width, digits.size()), '0') + digits;
}

std::string random_code() {
  std::uint64_t value = 0;
  for (const unsigned char byte : random_bytes(8)) value = value * 256 + byte;
  return padded(value % 1'000'000, 6);
}

std::string random_token() {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : random_bytes(20)) {
    token.push_back(kHex[byte >> 4U]);
    token.push_back(kHex[byte & 0x0FU]);
  }
  return token;
}

}  // namespace

std::string Agent::text(std::string_view field) const {
  const auto found = row.find(std::string(field));
  if (found == row.end() || !found->is_string()) return {};
  return *found->get_ptr<const Json::string_t*>();
}

std::size_t Account::numbers_held() const {
  return static_cast<std::size_t>(
      std::count_if(numbers.begin(), numbers.end(), [](const auto& entry) { return !entry.second.released; }));
}

const Number* Account::first_number(std::string_view agent_id) const {
  const auto found = std::find_if(numbers.begin(), numbers.end(), [&](const auto& entry) {
    return !entry.second.released && entry.second.agent_id == agent_id;
  });
  return found == numbers.end() ? nullptr : &found->second;
}

const Webhook* Account::webhook_for(std::string_view agent_id) const {
  const auto own = agent_webhooks.find(agent_id);
  if (own != agent_webhooks.end()) return &own->second;
  return webhook ? &*webhook : nullptr;
}

RandomSource system_random() {
  return {.code = random_code, .token = random_token};
}

World::World(RandomSource source, std::size_t limit, std::int64_t balance_cents)
    : random(std::move(source)), number_limit(limit), starting_balance_cents(balance_cents) {}

void World::settle(TimePoint until) {
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(until);
  while (!timeline_.empty() && timeline_.begin()->first <= whole) {
    auto due = timeline_.extract(timeline_.begin());
    now_ = std::max(now_, due.key());
    due.mapped()(*this);
  }
  now_ = std::max<TimePoint>(now_, whole);
}

std::optional<TimePoint> World::next_due() const {
  if (!ready.empty()) return now_;
  if (timeline_.empty()) return std::nullopt;
  return timeline_.begin()->first;
}

void World::after(std::chrono::milliseconds delay, std::function<void(World&)> what) {
  timeline_.emplace(now_ + delay, std::move(what));
}

std::string World::next_id(std::string_view prefix) {
  return std::string(prefix) + "_sbx" + padded(++last_id_, 8);
}

TimePoint World::unique_now() {
  last_unique_ = std::max<TimePoint>(now_, last_unique_ + std::chrono::milliseconds{1});
  return last_unique_;
}

Account* World::open_account(const std::string& key, const std::string& email, const std::string& agent_name) {
  std::optional<std::string> e164;
  for (const std::string_view area : kStarterAreas) {
    if (!e164) e164 = free_number(area);
  }
  if (!e164) return nullptr;
  const std::string account_id = next_id("acct");
  Account& account = accounts_[account_id];
  account.id = account_id;
  account.email = email;
  account.balance_cents = starting_balance_cents;
  account_of_key_[key] = account_id;
  if (!email.empty()) account_of_email[email] = account_id;

  const std::string agent_id = next_id("agt");
  Agent agent{.id = agent_id, .row = new_agent_row({{"name", agent_name}, {"voiceMode", "hosted"}})};
  agent.row["id"] = agent_id;
  agent.row["systemPrompt"] = "You are " + agent_name + ", a helpful phone assistant. Be courteous and brief.";
  agent.row["createdAt"] = iso8601(now_);
  account.agents.emplace(agent_id, std::move(agent));
  const std::string number_id = next_id("num");
  account.numbers.emplace(
      number_id,
      Number{
          .id = number_id, .e164 = *e164, .country = "US", .agent_id = agent_id, .created = now_, .released = false});
  return &account;
}

Account* World::account_by_key(std::string_view key) {
  const auto found = account_of_key_.find(key);
  return found == account_of_key_.end() ? nullptr : account_by_id(found->second);
}

Account* World::account_by_id(std::string_view id) {
  const auto found = accounts_.find(id);
  return found == accounts_.end() ? nullptr : &found->second;
}

std::pair<Account*, Number*> World::line(std::string_view e164) {
  for (auto& [id, account] : accounts_) {
    for (auto& [number_id, number] : account.numbers) {
      if (number.e164 == e164 && !number.released) return {&account, &number};
    }
  }
  return {nullptr, nullptr};
}

std::optional<std::string> World::free_number(std::string_view area_code) {
  std::uint64_t& used = lines_used_[std::string(area_code)];
  if (kFirstLine + used > kLastLine) return std::nullopt;
  return "+1" + std::string(area_code) + "555" + padded(kFirstLine + used++, 4);
}

Json new_agent_row(const Json& settings) {
  Json row = {{"id", nullptr},
              {"name", ""},
              {"description", nullptr},
              {"voiceMode", "webhook"},
              {"enableMessaging", true},
              {"modelTier", "balanced"},
              {"systemPrompt", nullptr},
              {"beginMessage", nullptr},
              {"voice", kDefaultVoice},
              {"transferNumber", nullptr},
              {"customTools", nullptr},
              {"voicemailMessage", nullptr},
              {"callScreeningIdentity", nullptr},
              {"callScreeningPurpose", nullptr},
              {"sttMode", "fast"},
              {"ambientSound", "none"},
              {"denoisingMode", "noise-cancellation"},
              {"maxSilenceMs", 600000},
              {"voiceSpeed", 1.0},
              {"interruptionSensitivity", 0.8},
              {"enableBackchannel", true},
              {"language", "en-US"},
              {"createdAt", nullptr}};
  for (auto& [name, value] : row.items()) {
    const auto given = settings.find(name);
    if (name != "id" && name != "createdAt" && given != settings.end() && !given->is_null()) value = *given;
  }
  return row;
}

std::string cut_text(const std::string& text, std::size_t characters) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (starts && seen++ == characters) return text.substr(0, i);
  }
  return text;
}

}  // namespace apmcp::sandbox

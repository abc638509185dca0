#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agentphone_mcp/result.h"
#include "base/clock.h"
#include "sandbox/people.h"

namespace apmcp::sandbox {

using TimePoint = Clock::TimePoint;

struct Agent {
  std::string id;
  Json row;  ///< the service's agent object without `numbers`

  [[nodiscard]] std::string text(std::string_view field) const;  ///< "" when null or absent

  [[nodiscard]] bool hosted() const { return text("voiceMode") == "hosted"; }
};

struct Number {
  std::string id, e164, country;
  std::string agent_id;  ///< empty: unassigned
  TimePoint created;
  bool released = false;
};

struct Message {
  std::string id, from, to, body;
  bool inbound = false;
  std::vector<std::string> media;
  TimePoint at;

  [[nodiscard]] std::string_view channel() const { return media.empty() ? "sms" : "mms"; }
};

struct Conversation {
  std::string id, agent_id, number_id, own, participant;
  TimePoint created, last_at;
  std::vector<Message> messages;  ///< oldest first
};

struct Turn {
  std::string id, heard;
  std::optional<std::string> spoken;  ///< absent: the agent has not answered (yet)
  TimePoint at;
  TimePoint spoken_at{};  ///< when there is `spoken`
};

struct Call {
  std::string id, agent_id, number_id, own, from, to, status;
  bool inbound = false;
  bool hosted = true;  ///< false: every turn goes to the webhook
  TimePoint started;
  std::optional<TimePoint> ended;
  std::vector<Turn> turns;
  CallPlan plan;
};

struct Webhook {
  std::string id, url, secret;
  std::int64_t context_limit = 10, timeout_seconds = 30;
  TimePoint created;
};

/// One event on its way to an endpoint. A voice turn is asked once and its answer is spoken.
struct Delivery {
  std::string id, account_id, url, secret, event, body;
  std::int64_t timeout_seconds = 30;
  std::size_t attempts = 0;
  std::string call_id, turn_id;  ///< set for a voice turn
};

struct Account {
  std::string id, email;
  std::int64_t balance_cents = 0;
  std::map<std::string, Agent, std::less<>> agents;  ///< ids ascend, so maps keep the order of creation
  std::map<std::string, Number, std::less<>> numbers;
  std::map<std::string, Conversation, std::less<>> conversations;
  std::map<std::string, Call, std::less<>> calls;
  std::optional<Webhook> webhook;
  std::map<std::string, Webhook, std::less<>> agent_webhooks;
  std::int64_t deliveries_ok = 0, deliveries_failed = 0, deliveries_total = 0;

  [[nodiscard]] std::size_t numbers_held() const;
  /// First active number of the agent; nullptr when there is none.
  [[nodiscard]] const Number* first_number(std::string_view agent_id) const;
  /// The agent's own webhook, else the account's, else nullptr.
  [[nodiscard]] const Webhook* webhook_for(std::string_view agent_id) const;
};

struct SignUp {
  std::string email, agent_name, code;
  TimePoint sent, expires;
  int wrong_tries = 0;
  bool used = false;
};

/// A sign-up code in the sandbox's mailbox.
struct Mail {
  std::string to, code, verification_id;
  TimePoint sent, expires;
};

/// Random text. The seam for tests that want to know the code before it is mailed.
struct RandomSource {
  std::function<std::string()> code;   ///< six digits
  std::function<std::string()> token;  ///< at least 32 hex digits, for keys and webhook secrets
};

RandomSource system_random();

/// All state of the sandbox, and what will happen on its own. Not thread-safe: the simulator locks around it. Nothing
/// in here blocks or does I/O.
class World {
 public:
  World(RandomSource source, std::size_t limit, std::int64_t balance_cents);

  /// Runs everything that is due until `until`, in order, each at its own time; then it is `until`.
  void settle(TimePoint until);
  [[nodiscard]] std::optional<TimePoint> next_due() const;

  /// Time of what is happening now; whole milliseconds.
  [[nodiscard]] TimePoint now() const { return now_; }

  void after(std::chrono::milliseconds delay, std::function<void(World&)> what);

  /// "agt_sbx00001": ids of one world never repeat and sort by creation.
  std::string next_id(std::string_view prefix);

  /// Like now(), but later than every time given out before, so that a walk by time loses nothing.
  TimePoint unique_now();

  /// An account with a starter agent and a US number, reachable by `key`. nullptr when no number is left in stock.
  Account* open_account(const std::string& key, const std::string& email, const std::string& agent_name);
  Account* account_by_key(std::string_view key);
  Account* account_by_id(std::string_view id);
  /// Account and number of one of our own lines that is not released.
  std::pair<Account*, Number*> line(std::string_view e164);

  /// A number in the area that nobody had before; absent when the area has none left.
  std::optional<std::string> free_number(std::string_view area_code);

  RandomSource random;
  std::size_t number_limit;
  std::int64_t starting_balance_cents;
  std::map<std::string, SignUp, std::less<>> sign_ups;
  std::map<std::string, std::string, std::less<>> account_of_email;
  std::deque<Mail> mailbox;     ///< newest last
  std::vector<Delivery> ready;  ///< attempts that wait for somebody to do the I/O

 private:
  TimePoint now_;
  TimePoint last_unique_;
  std::uint64_t last_id_ = 0;
  std::multimap<TimePoint, std::function<void(World&)>> timeline_;
  std::map<std::string, Account, std::less<>> accounts_;
  std::map<std::string, std::string, std::less<>> account_of_key_;
  std::map<std::string, std::uint64_t, std::less<>> lines_used_;  ///< area code -> numbers given out
};

inline constexpr std::string_view kDefaultVoice = "custom_voice_ea22ba5fdfaa18f39c274851c1";

/// A new agent's object with the service's defaults; `settings` replaces members by name. Sets no id.
Json new_agent_row(const Json& settings);

/// At most `characters` of `text`, never cutting inside a character.
std::string cut_text(const std::string& text, std::size_t characters);

}  // namespace apmcp::sandbox

#include "inbox/sqlite_inbox.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "store/database.h"
#include "store/unix_ms.h"
#include "webhook/receiver.h"

namespace apmcp::inbox {
namespace {

using std::chrono::milliseconds;
using store::Database;
using store::from_ms;
using store::Statement;
using store::to_ms;

constexpr std::array<std::string_view, 1> kSchema{R"(
  CREATE TABLE deliveries (id TEXT PRIMARY KEY, signature TEXT NOT NULL UNIQUE, received INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX deliveries_by_time ON deliveries (received);
  CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, received INTEGER NOT NULL, kind TEXT NOT NULL,
                       number_id TEXT NOT NULL, size INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX events_by_time ON events (received);
  CREATE INDEX events_by_kind ON events (kind, position);
  CREATE INDEX events_by_number ON events (number_id, position))"};

/// Both directions share their conditions; an absent value fits everything.
constexpr std::string_view kOldestFirst =
    "SELECT position, received, body FROM events WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR number_id = ?2) "
    "AND received >= ?3 AND position > ?4 ORDER BY position LIMIT ?5";
constexpr std::string_view kNewestFirst =
    "SELECT position, received, body FROM events WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR number_id = ?2) "
    "AND received >= ?3 AND position > ?4 ORDER BY position DESC LIMIT ?5";

class SqliteInbox final : public Inbox {
 public:
  SqliteInbox(Database database, InboxOptions options) : options_(std::move(options)), database_(std::move(database)) {}

  Status prepare() {
    if (Status ready = database_.migrate(kSchema); !ready) return ready;
    const std::array<std::pair<std::optional<Statement>*, std::string_view>, 10> wanted{{
        {&add_delivery_, "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?)"},
        {&add_event_, "INSERT INTO events (received, kind, number_id, size, body) VALUES (?, ?, ?, ?, ?)"},
        {&forget_deliveries_, "DELETE FROM deliveries WHERE received < ?"},
        {&drop_old_, "DELETE FROM events WHERE received < ? RETURNING size"},
        {&drop_first_, "DELETE FROM events WHERE position = (SELECT min(position) FROM events) RETURNING size"},
        {&oldest_first_, kOldestFirst},
        {&newest_first_, kNewestFirst},
        {&newest_, "SELECT seq FROM sqlite_sequence WHERE name = 'events'"},
        {&version_, "PRAGMA data_version"},
        {&count_, "SELECT count(*), coalesce(sum(size), 0) FROM events"},
    }};
    for (const auto& [statement, sql] : wanted) {
      auto made = database_.prepare(sql);
      if (!made) return std::move(made).error();
      *statement = *std::move(made);
    }
    return Unit{};
  }

  Result<bool> keep(const webhook::Received& received, std::string_view body) override {
    const std::lock_guard lock(mutex_);
    bool is_new = false;
    const Totals before = totals_;
    const Status kept = database_.transact([&]() -> Status {
      const std::int64_t now = to_ms(options_.clock->now());
      if (Status counted = count_anew(); !counted) return counted;
      if (Status added = add_delivery_->run(received.delivery_id, received.signature, now); !added) return added;
      is_new = database_.changes() == 1;
      if (!is_new) return Unit{};
      const auto size = static_cast<std::int64_t>(body.size());
      Status added =
          add_event_->run(now, webhook::kind_name(received.event.kind), received.event.number_id, size, body);
      if (!added) return added;
      totals_.events += 1;
      totals_.bytes += size;
      return make_room(now);
    });
    if (kept) return is_new;
    totals_ = before;
    return kept.error();
  }

  Result<EventPage> list(const EventQuery& query) override {
    const std::lock_guard lock(mutex_);
    const bool is_forward = query.since || query.after;
    Statement& rows = is_forward ? *oldest_first_ : *newest_first_;
    const auto kind = query.kind ? std::optional(webhook::kind_name(*query.kind)) : std::nullopt;
    const std::int64_t since = query.since ? to_ms(*query.since) : 0;
    // Before the rows: what another process adds in between is either on this page or behind it.
    const auto newest = number(*newest_);
    if (!newest) return newest.error();
    EventPage page;
    auto row =
        rows.start(kind, query.number_id, since, query.after.value_or(0), static_cast<std::int64_t>(query.limit) + 1);
    for (; row && *row && page.events.size() < query.limit; row = rows.step()) {
      page.events.push_back(read(rows));
    }
    const bool is_cut = row && *row;
    rows.reset();
    if (!row) return row.error();
    if (is_forward) {
      page.has_more = is_cut;
    } else {
      std::reverse(page.events.begin(), page.events.end());
    }
    page.position = page.has_more ? 0 : *newest;
    if (!page.events.empty()) page.position = std::max(page.position, page.events.back().position);
    return page;
  }

 private:
  struct Totals {
    std::int64_t events = 0, bytes = 0;
    std::int64_t version = -1;  ///< of the file when it was counted; it changes when another connection writes
  };

  static StoredEvent read(const Statement& row) {
    StoredEvent stored{.position = row.integer(0), .received_at = from_ms(row.integer(1))};
    // It was read once before it was kept.
    if (auto event = webhook::parse_event(row.text(2))) stored.event = *std::move(event);
    return stored;
  }

  /// The first column of the only row, 0 without one.
  static Result<std::int64_t> number(Statement& statement) {
    const auto row = statement.start();
    const std::int64_t value = row && *row ? statement.integer(0) : 0;
    statement.reset();
    return row ? Result<std::int64_t>(value) : Result<std::int64_t>(row.error());
  }

  /// The totals as they are, whoever shares the file. Within a transaction, so that they stay so.
  Status count_anew() {
    const auto version = number(*version_);
    if (!version) return version.error();
    if (*version == totals_.version) return Unit{};
    const auto row = count_->start();
    if (row) totals_ = {.events = count_->integer(0), .bytes = count_->integer(1), .version = *version};
    count_->reset();
    return row ? Status(Unit{}) : Status(row.error());
  }

  [[nodiscard]] bool is_too_much() const {
    return totals_.events > 1 && (totals_.events > options_.max_events || totals_.bytes > options_.max_bytes);
  }

  Status make_room(std::int64_t now) {
    const auto before = [now](std::chrono::hours age) { return now - milliseconds(age).count(); };
    if (Status done = forget_deliveries_->run(before(options_.remember_for)); !done) return done;
    auto dropped = drop(*drop_old_, before(options_.keep_for));
    bool is_empty = false;  // whatever the totals say
    while (dropped && is_too_much() && !is_empty) {
      dropped = drop(*drop_first_);
      is_empty = dropped && *dropped == 0;
    }
    return dropped ? Status(Unit{}) : Status(dropped.error());
  }

  /// How many events went.
  template <typename... Values>
  Result<std::int64_t> drop(Statement& statement, const Values&... values) {
    std::int64_t dropped = 0;
    auto row = statement.start(values...);
    for (; row && *row; row = statement.step()) {
      ++dropped;
      totals_.events -= 1;
      totals_.bytes -= statement.integer(0);
    }
    statement.reset();
    return row ? Result<std::int64_t>(dropped) : Result<std::int64_t>(row.error());
  }

  const InboxOptions options_;
  std::mutex mutex_;  // over everything below, file access included
  Database database_;
  std::optional<Statement> add_delivery_, add_event_, forget_deliveries_, drop_old_, drop_first_, oldest_first_,
      newest_first_, newest_, version_, count_;
  Totals totals_;  // as of the last transaction of this connection
};

}  // namespace

Result<std::unique_ptr<Inbox>> open_inbox(const InboxOptions& options) {
  auto database = Database::open(options.file);
  if (!database) return std::move(database).error();
  auto inbox = std::make_unique<SqliteInbox>(*std::move(database), options);
  if (Status ready = inbox->prepare(); !ready) return std::move(ready).error();
  return std::unique_ptr<Inbox>(std::move(inbox));
}

}  // namespace apmcp::inbox

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
    const std::array<std::pair<std::optional<Statement>*, std::string_view>, 7> wanted{{
        {&add_delivery_, "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?)"},
        {&add_event_, "INSERT INTO events (received, kind, number_id, size, body) VALUES (?, ?, ?, ?, ?)"},
        {&forget_deliveries_, "DELETE FROM deliveries WHERE received < ?"},
        {&drop_old_, "DELETE FROM events WHERE received < ? RETURNING size"},
        {&drop_first_, "DELETE FROM events WHERE position = (SELECT min(position) FROM events) RETURNING size"},
        {&oldest_first_, kOldestFirst},
        {&newest_first_, kNewestFirst},
    }};
    for (const auto& [statement, sql] : wanted) {
      auto made = database_.prepare(sql);
      if (!made) return std::move(made).error();
      *statement = *std::move(made);
    }
    return count();
  }

  Result<bool> keep(const webhook::Received& received, std::string_view body) override {
    const std::lock_guard lock(mutex_);
    bool is_new = false;
    const Totals before = totals_;
    const Status kept = database_.transact([&]() -> Status {
      const std::int64_t now = to_ms(options_.clock->now());
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
    EventPage page{.position = query.after.value_or(0)};
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
    if (!page.events.empty()) page.position = page.events.back().position;
    return page;
  }

 private:
  struct Totals {
    std::int64_t events = 0, bytes = 0;
  };

  static StoredEvent read(const Statement& row) {
    StoredEvent stored{.position = row.integer(0), .received_at = from_ms(row.integer(1))};
    // It was read once before it was kept.
    if (auto event = webhook::parse_event(row.text(2))) stored.event = *std::move(event);
    return stored;
  }

  Status count() {
    auto sum = database_.prepare("SELECT count(*), coalesce(sum(size), 0) FROM events");
    if (!sum) return std::move(sum).error();
    const auto row = sum->step();
    if (!row) return row.error();
    totals_ = {.events = sum->integer(0), .bytes = sum->integer(1)};
    return Unit{};
  }

  Status make_room(std::int64_t now) {
    const auto before = [now](std::chrono::hours age) { return now - milliseconds(age).count(); };
    if (Status done = forget_deliveries_->run(before(options_.remember_for)); !done) return done;
    Status done = drop(*drop_old_, before(options_.keep_for));
    while (done && totals_.events > 1 && (totals_.events > options_.max_events || totals_.bytes > options_.max_bytes)) {
      done = drop(*drop_first_);
    }
    return done;
  }

  template <typename... Values>
  Status drop(Statement& statement, const Values&... values) {
    auto row = statement.start(values...);
    for (; row && *row; row = statement.step()) {
      totals_.events -= 1;
      totals_.bytes -= statement.integer(0);
    }
    statement.reset();
    return row ? Status(Unit{}) : Status(row.error());
  }

  const InboxOptions options_;
  std::mutex mutex_;  // over everything below, file access included
  Database database_;
  std::optional<Statement> add_delivery_, add_event_, forget_deliveries_, drop_old_, drop_first_, oldest_first_,
      newest_first_;
  Totals totals_;  // of what this process sees; another one that shares the file counts for itself
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

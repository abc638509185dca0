#include "store/spent_states.h"

#include <array>
#include <chrono>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "store/database.h"
#include "store/unix_ms.h"

namespace apmcp::store {
namespace {

constexpr std::array<std::string_view, 1> kSpentSchema{
    "CREATE TABLE spent_states (nonce TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX spent_states_by_expiry ON spent_states (expires_at);"};

constexpr std::chrono::minutes kExpiryGrace{1};

class SqliteSpentStates final : public mcp::SpentStates {
 public:
  explicit SqliteSpentStates(Database database) : database_(std::move(database)) {}

  Result<bool> spend(const std::string& nonce, Clock::TimePoint expires_at, Clock::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    bool is_first = false;
    // One transaction that holds the write lock: of two processes that are given the same state, one is first.
    const Status spent = database_.transact([&]() -> Status {
      // A little later than they expire: `now` is from before the wait for the write lock.
      const std::int64_t gone = to_ms(now - kExpiryGrace);
      if (Status done = run("DELETE FROM spent_states WHERE expires_at <= ?1", gone); !done) return done;
      auto kept = count();
      if (!kept) return std::move(kept).error();
      if (*kept >= kMaxKept) return mcp::too_many_spent();
      Status done = run("INSERT OR IGNORE INTO spent_states (nonce, expires_at) VALUES (?1, ?2)",
                        std::string_view(nonce), to_ms(expires_at));
      is_first = done && database_.changes() == 1;
      return done;
    });
    if (spent) return is_first;
    log::error("confirmation_not_recorded", {{"why", spent.error().message}});
    return Error{.code = ErrorCode::kBusy,
                 .message = "The confirmation could not be recorded, so nothing was done. Try again shortly."};
  }

 private:
  template <typename... Values>
  Status run(std::string_view sql, const Values&... values) {
    auto statement = database_.prepare(sql);
    return statement ? statement->run(values...) : Status(std::move(statement).error());
  }

  Result<std::size_t> count() {
    auto statement = database_.prepare("SELECT count(*) FROM spent_states");
    if (!statement) return std::move(statement).error();
    const auto row = statement->step();
    if (!row) return row.error();
    return static_cast<std::size_t>(statement->integer(0));
  }

  std::mutex mutex_;
  Database database_;  // guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<mcp::SpentStates>> open_spent_states(const std::filesystem::path& file) {
  auto database = Database::open(file);
  if (!database) return std::move(database).error();
  if (auto ready = database->migrate(kSpentSchema); !ready) return std::move(ready).error();
  return std::unique_ptr<mcp::SpentStates>(std::make_unique<SqliteSpentStates>(*std::move(database)));
}

}  // namespace apmcp::store

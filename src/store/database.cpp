#include "store/database.h"

#include <sqlite3.h>
#include <utility>

#include "platform/files.h"

namespace apmcp::store {
namespace {

constexpr int kPrimaryCode = 0xFF;

/// What the operator can do about it, as far as that can be told.
std::string_view advice(int code) {
  switch (code & kPrimaryCode) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "Another process uses it. Stop that one, or name another --state-dir.";
    case SQLITE_FULL: return "The disk is full.";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return "The file is damaged. Move it away; a new one is made.";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: return "It cannot be written here.";
    default: return {};
  }
}

Error failure(const std::string& name, int code, std::string_view says) {
  const int primary = code & kPrimaryCode;
  const bool is_busy = primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
  return {.code = is_busy ? ErrorCode::kBusy : ErrorCode::kInternal,
          .message = "The database " + name + " failed: " + std::string(says) + ".",
          .next_step = std::string(advice(code))};
}

bool is_fine(int code) {
  return code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE;
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Status Statement::check(int code) const {
  if (is_fine(code)) return Unit{};
  return failure(name_, code, sqlite3_errmsg(sqlite3_db_handle(statement_.get())));
}

Status Statement::bind(int parameter, std::int64_t value) {
  return check(sqlite3_bind_int64(statement_.get(), parameter, value));
}

Status Statement::bind(int parameter, std::string_view value) {
  // SQLITE_TRANSIENT, whose own spelling casts in C style.
  const auto copy_bytes = reinterpret_cast<sqlite3_destructor_type>(-1);  // NOLINT(performance-no-int-to-ptr)
  return check(sqlite3_bind_text64(statement_.get(), parameter, value.data() == nullptr ? "" : value.data(),
                                   value.size(), copy_bytes, SQLITE_UTF8));
}

Status Statement::bind(int parameter, std::nullopt_t /*none*/) {
  return check(sqlite3_bind_null(statement_.get(), parameter));
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (!is_fine(code)) return check(code).error();
  return code == SQLITE_ROW;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<Database> Database::open(const std::filesystem::path& path, const Options& options) {
  const std::string name = path.string();
  if (name != ":memory:") {
    // Before SQLite sees it: the files that it adds (-wal, -shm) take their mode from this one.
    if (Status ready = platform::prepare_private_file(path); !ready) return std::move(ready).error();
  }
  sqlite3* handle = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(name.c_str(), &handle, kFlags, nullptr);
  Database made(handle, name);
  if (code != SQLITE_OK) return failure(name, code, handle == nullptr ? "out of memory" : sqlite3_errmsg(handle));
  if (Status ready = made.configure(options); !ready) return std::move(ready).error();
  return made;
}

Status Database::configure(const Options& options) {
  sqlite3_busy_timeout(database_.get(), static_cast<int>(options.busy_timeout.count()));
  const std::string synchronous = options.survives_power_cut ? "FULL" : "NORMAL";
  return execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=" + synchronous + "; PRAGMA foreign_keys=ON;");
}

Status Database::check(int code) const {
  if (is_fine(code)) return Unit{};
  return failure(name_, code, sqlite3_errmsg(database_.get()));
}

Status Database::execute(const std::string& sql) {
  return check(sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (Status compiled = check(code); !compiled) return std::move(compiled).error();
  return Statement(statement, name_);
}

Status Database::transact(const std::function<Status()>& work) {
  if (Status begun = execute("BEGIN IMMEDIATE"); !begun) return begun;
  Status done = work();
  if (done) done = execute("COMMIT");
  // A failed COMMIT may leave the transaction open, and some failures have closed it already.
  if (!done && sqlite3_get_autocommit(database_.get()) == 0) static_cast<void>(execute("ROLLBACK"));
  return done;
}

Status Database::migrate(std::span<const std::string_view> steps) {
  const auto version = [this]() -> Result<std::int64_t> {
    auto asked = prepare("PRAGMA user_version");
    if (!asked) return std::move(asked).error();
    const auto row = asked->step();
    if (!row) return row.error();
    return asked->integer(0);
  };
  bool is_current = false;
  while (!is_current) {
    // Read inside the transaction: another process may be migrating the same file.
    Status moved = transact([&]() -> Status {
      const auto seen = version();
      if (!seen) return seen.error();
      const auto next = static_cast<std::size_t>(*seen);
      if (*seen < 0 || next > steps.size()) {
        return Error{.code = ErrorCode::kPolicyDenied,
                     .message = "The database " + name_ + " was written by a newer release.",
                     .next_step = "Use that release, or name another --state-dir."};
      }
      is_current = next == steps.size();
      if (is_current) return Unit{};
      return execute(std::string(steps[next]) + "; PRAGMA user_version=" + std::to_string(next + 1));
    });
    if (!moved) return moved;
  }
  return Unit{};
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(database_.get());
}

}  // namespace apmcp::store

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agentphone_mcp/result.h"

struct sqlite3;
struct sqlite3_stmt;

// SQLite, with values for errors and owners for handles. A Database and its statements are used by one thread at a
// time: whoever shares them holds a mutex. Errors: kBusy when another connection held the database for longer than
// the busy time, kPolicyDenied for a file that is refused, kInternal else; the message names the file and what SQLite
// says, never a stored value.
namespace apmcp::store {

/// One compiled statement. Must not outlive its Database.
class Statement {
 public:
  /// Parameters count from 1. Text and blobs are copied.
  Status bind(int parameter, std::int64_t value);
  Status bind(int parameter, std::string_view value);
  Status bind(int parameter, std::nullopt_t);

  template <typename T>
  Status bind(int parameter, const std::optional<T>& value) {
    return value ? bind(parameter, *value) : bind(parameter, std::nullopt);
  }

  /// True: a row is there, and stays until the next step() or reset(). False: the statement is done.
  Result<bool> step();

  /// Ready to run again, with nothing bound.
  void reset();

  /// reset(), the values bound in order, and a first step(). True when there is a row.
  template <typename... Values>
  Result<bool> start(const Values&... values) {
    reset();
    Status bound = Unit{};
    int parameter = 0;
    ((bound = bound ? bind(++parameter, values) : std::move(bound)), ...);
    if (!bound) return std::move(bound).error();
    return step();
  }

  /// start() for a statement without rows, reset() afterwards so that it holds no lock.
  template <typename... Values>
  Status run(const Values&... values) {
    const auto row = start(values...);
    reset();
    return row ? Status(Unit{}) : Status(row.error());
  }

  /// Of the row of the last step(). Columns count from 0; NULL reads as 0 or empty text.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  Statement(sqlite3_stmt* statement, std::string name) : statement_(statement), name_(std::move(name)) {}

  [[nodiscard]] Status check(int code) const;

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string name_;  ///< of the file, for errors
};

class Database {
 public:
  struct Options {
    std::chrono::milliseconds busy_timeout{5000};  ///< how long to wait for another connection
    /// A committed transaction survives a power cut (synchronous FULL). Without it the last ones may be undone then;
    /// the end of this process alone, kill -9 included, loses nothing in either case.
    bool survives_power_cut = true;
  };

  /// Opens or makes the database at the absolute `path`: its folder with mode 0700 and the file with 0600, neither a
  /// symbolic link nor another user's, in WAL mode. ":memory:" is one that lives as long as this object.
  static Result<Database> open(const std::filesystem::path& path, const Options& options);

  static Result<Database> open(const std::filesystem::path& path) { return open(path, Options{}); }

  /// Brings the schema up to date: runs the steps that this file has not seen, each in a transaction of its own, and
  /// counts them in user_version. Steps are only ever added at the end. kPolicyDenied when the file has seen more steps
  /// than there are, that is, a newer release wrote it.
  Status migrate(std::span<const std::string_view> steps);

  /// Runs SQL text without parameters, several statements too.
  Status execute(const std::string& sql);

  Result<Statement> prepare(std::string_view sql);

  /// All that `work` writes, or nothing: commits when it succeeds, rolls back when it does not, and passes its error
  /// on. Takes the write lock at once. Does not nest.
  Status transact(const std::function<Status()>& work);

  /// How many rows the last INSERT, UPDATE or DELETE touched.
  [[nodiscard]] std::int64_t changes() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  Database(sqlite3* database, std::string name) : database_(database), name_(std::move(name)) {}

  [[nodiscard]] Status check(int code) const;
  Status configure(const Options& options);

  std::unique_ptr<sqlite3, Close> database_;
  std::string name_;
};

}  // namespace apmcp::store

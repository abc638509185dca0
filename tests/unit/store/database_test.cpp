#include "store/database.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "support/temporary_directory.h"

TEST_SUITE_BEGIN("unit");

namespace apmcp::store {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 1> kFirst{"CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)"};
constexpr std::array<std::string_view, 2> kSecond{kFirst[0], "ALTER TABLE notes ADD COLUMN author TEXT"};

Database memory() {
  auto made = Database::open(":memory:");
  REQUIRE(made);
  REQUIRE(made->migrate(kFirst));
  return *std::move(made);
}

std::int64_t count_notes(Database& database) {
  auto count = database.prepare("SELECT count(*) FROM notes");
  REQUIRE(count);
  REQUIRE(*count->start());
  return count->integer(0);
}

mode_t mode_of(const fs::path& path) {
  struct stat facts {};

  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777U;
}

}  // namespace

TEST_CASE("what is bound comes back as it was, absent values and zero bytes too") {
  Database database = memory();
  auto insert = database.prepare("INSERT INTO notes (id, text) VALUES (?, ?)");
  REQUIRE(insert);
  using namespace std::string_view_literals;
  REQUIRE(insert->run(std::int64_t{7}, "Caf\xc3\xa9\0!"sv));
  REQUIRE(insert->run(std::int64_t{8}, std::optional<std::string>()));
  auto rows = database.prepare("SELECT id, text FROM notes ORDER BY id");
  REQUIRE(rows);
  REQUIRE(*rows->start());
  CHECK(rows->integer(0) == 7);
  CHECK(rows->text(1) == "Caf\xc3\xa9\0!"sv);
  REQUIRE(*rows->step());
  CHECK(rows->is_null(1));
  CHECK_FALSE(*rows->step());
}

TEST_CASE("a transaction whose work fails leaves nothing behind") {
  Database database = memory();
  const Status failed = database.transact([&]() -> Status {
    REQUIRE(database.execute("INSERT INTO notes (text) VALUES ('half')"));
    return Error{.code = ErrorCode::kConflict, .message = "changed my mind"};
  });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message == "changed my mind");
  CHECK(count_notes(database) == 0);
  REQUIRE(database.transact([&] { return database.execute("INSERT INTO notes (text) VALUES ('whole')"); }));
  CHECK(count_notes(database) == 1);
}

TEST_CASE("a failure says which file and what is wrong, and not what was stored") {
  Database database = memory();
  REQUIRE(database.execute("CREATE UNIQUE INDEX by_text ON notes (text)"));
  auto insert = database.prepare("INSERT INTO notes (text) VALUES (?)");
  REQUIRE(insert);
  REQUIRE(insert->run("the code is 123456"));
  const Status again = insert->run("the code is 123456");
  REQUIRE_FALSE(again);
  CHECK(again.error().message == "The database :memory: failed: UNIQUE constraint failed: notes.text.");
  CHECK_FALSE(database.prepare("SELEC 1"));
}

TEST_CASE("a file is private, survives its process and is brought up to date once") {
  const test::TemporaryDirectory directory;
  const fs::path path = directory.path() / "state" / "notes.db";
  {
    auto database = Database::open(path);
    REQUIRE_MESSAGE(database, database.error().message);
    REQUIRE(database->migrate(kFirst));
    REQUIRE(database->execute("INSERT INTO notes (text) VALUES ('kept')"));
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path.parent_path()) == 0700);
    CHECK(mode_of(path.string() + "-wal") == 0600);
  }
  auto later = Database::open(path);
  REQUIRE(later);
  REQUIRE(later->migrate(kSecond));
  REQUIRE(later->migrate(kSecond));
  CHECK(count_notes(*later) == 1);
  const Status older = later->migrate(kFirst);
  REQUIRE_FALSE(older);
  CHECK(older.error().message.find("newer release") != std::string::npos);
}

TEST_CASE("a folder that is open to others, a link and a damaged file are refused") {
  const test::TemporaryDirectory directory;
  const fs::path open_folder = directory.path() / "open";
  fs::create_directory(open_folder);
  fs::permissions(open_folder, fs::perms(0755));
  const auto refused = Database::open(open_folder / "notes.db");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("chmod 700") != std::string::npos);

  const fs::path own = directory.path() / "own";
  fs::create_directory(own);
  fs::permissions(own, fs::perms(0700));
  fs::create_symlink("/dev/null", own / "link.db");
  CHECK_FALSE(Database::open(own / "link.db"));

  std::ofstream(own / "damaged.db") << std::string(4096, 'x');
  fs::permissions(own / "damaged.db", fs::perms(0600));
  const auto damaged = Database::open(own / "damaged.db");
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().next_step.find("Move it away") != std::string::npos);
  CHECK_FALSE(Database::open("relative.db"));
}

TEST_CASE("who cannot have the file in time is told that it is busy") {
  const test::TemporaryDirectory directory;
  const fs::path path = directory.path() / "state" / "notes.db";
  auto first = Database::open(path);
  auto second = Database::open(path, {.busy_timeout = std::chrono::milliseconds{1}});
  REQUIRE(first);
  REQUIRE(second);
  REQUIRE(first->execute("BEGIN IMMEDIATE"));
  const Status late = second->transact([] { return Status(Unit{}); });
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::kBusy);
}

}  // namespace apmcp::store

TEST_SUITE_END();

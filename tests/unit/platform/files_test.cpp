#include "platform/files.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "support/temporary_directory.h"

#ifdef __linux__
#include <cerrno>
#include <sys/syscall.h>

namespace {

bool has_exclusive_rename = true;

}  // namespace

/// In front of the system's, so that a test can have a file system that cannot rename exclusively.
extern "C" int renameat2(int from, const char* old_name, int to, const char* new_name, unsigned flags) noexcept {
  if (has_exclusive_rename) return static_cast<int>(::syscall(SYS_renameat2, from, old_name, to, new_name, flags));
  errno = EINVAL;
  return -1;
}
#endif

namespace {

using apmcp::ErrorCode;
using apmcp::platform::create_private_file;
using apmcp::platform::default_key_path;
using apmcp::platform::keep_private_file;
using apmcp::platform::looks_like_api_key;
using apmcp::platform::read_key_file;
using apmcp::platform::read_private_file;
using apmcp::platform::write_private_file;
using apmcp::test::TemporaryDirectory;
namespace fs = std::filesystem;

constexpr std::string_view kKey = "sk_test_0123456789abcdef";

mode_t mode_of(const fs::path& path) {
  struct stat facts {};

  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777U;
}

void write_file(const fs::path& path, std::string_view text, mode_t mode) {
  std::ofstream(path, std::ios::binary) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

std::size_t entries(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a private file is written 0600 into a directory made 0700, and read back") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / ".config" / "agentphone" / "credentials";
    REQUIRE(write_private_file(path, std::string(kKey) + "\n").ok());
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path.parent_path()) == 0700);
    CHECK(mode_of(home.path() / ".config") == 0700);
    CHECK(entries(path.parent_path()) == 1);
    const auto key = read_key_file(path);
    REQUIRE(key.ok());
    CHECK(key->reveal() == kKey);
  }

  TEST_CASE("of several that keep a file at once one wins, and all read the same") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / "agentphone" / "http-token";
    std::array<std::string, 8> seen;
    {
      std::vector<std::jthread> starters;
      for (std::size_t i = 0; i < seen.size(); ++i) {
        starters.emplace_back([&, i] {
          if (!keep_private_file(path, "token " + std::to_string(i)).ok()) return;
          if (const auto kept = read_private_file(path)) seen.at(i) = kept->reveal();
        });
      }
    }
    CHECK(seen[0].starts_with("token "));
    CHECK(std::count(seen.begin(), seen.end(), seen[0]) == 8);
    CHECK(entries(path.parent_path()) == 1);
    CHECK(mode_of(path) == 0600);
  }

#ifdef __linux__
  TEST_CASE("a kept file stays where no exclusive rename is to be had too") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / "agentphone" / "http-token";
    has_exclusive_rename = false;
    const bool is_created = keep_private_file(path, "first").ok();
    const bool is_kept = keep_private_file(path, "second").ok();
    has_exclusive_rename = true;
    CHECK(is_created);
    CHECK(is_kept);
    CHECK(read_private_file(path)->reveal() == "first");
    CHECK(entries(path.parent_path()) == 1);
    CHECK(mode_of(path) == 0600);
  }
#endif

  TEST_CASE("a key with a second name is refused, whatever else is right with it") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / "key";
    write_file(path, kKey, 0600);
    REQUIRE(read_key_file(path).ok());
    fs::create_hard_link(path, home.path() / "elsewhere");
    const auto refused = read_key_file(path);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::kPolicyDenied);
    CHECK(refused.error().message.find("2 names") != std::string::npos);
    CHECK_FALSE(apmcp::platform::prepare_private_file(path).ok());
    fs::remove(home.path() / "elsewhere");
    CHECK(read_key_file(path).ok());
  }

  TEST_CASE("a key in a directory that others may write to is refused, unless it is sticky") {
    const TemporaryDirectory home;
    const fs::path directory = home.path() / "open";
    fs::create_directory(directory);
    const fs::path path = directory / "key";
    write_file(path, kKey, 0600);
    for (const mode_t mode : {0777U, 0775U, 0707U, 0722U}) {
      REQUIRE(::chmod(directory.c_str(), mode) == 0);
      const auto refused = read_key_file(path);
      REQUIRE_FALSE_MESSAGE(refused.ok(), mode);
      CHECK(refused.error().code == ErrorCode::kPolicyDenied);
      CHECK(refused.error().message.find("chmod go-w '" + directory.string() + "'") != std::string::npos);
      CHECK(create_private_file(directory / "token", "t").error().code == ErrorCode::kPolicyDenied);
    }
    for (const mode_t mode : {01777U, 0755U, 0700U, 0500U}) {
      REQUIRE(::chmod(directory.c_str(), mode) == 0);
      CHECK_MESSAGE(read_key_file(path).ok(), mode);
    }
    REQUIRE(::chmod(directory.c_str(), 0700) == 0);
  }

  TEST_CASE("the places for a key that cannot be stored are absolute, and of this user where they are shared") {
    const auto paths = apmcp::platform::fallback_key_paths("/state", "relative", "/tmp");
    REQUIRE(paths.size() == 2);
    CHECK(paths[0] == "/state/new-key/credentials");
    CHECK(paths[1] == "/tmp/agentphone-mcp-" + std::to_string(::geteuid()) + "/credentials");
    CHECK(apmcp::platform::fallback_key_paths("", "", "").empty());
  }

  TEST_CASE("the umask neither opens nor closes the file further") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / "agentphone" / "credentials";
    for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
      fs::create_directories(path.parent_path());
      const mode_t before = ::umask(mask);
      const bool ok = write_private_file(path, "x").ok();
      ::umask(before);
      CHECK(ok);
      CHECK(mode_of(path) == 0600);
    }
  }

  TEST_CASE("an existing file is replaced as a whole and its directory closed to others") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / "agentphone" / "credentials";
    fs::create_directories(path.parent_path());
    REQUIRE(::chmod(path.parent_path().c_str(), 0755) == 0);
    write_file(path, "old and much longer than the new text", 0644);
    REQUIRE(write_private_file(path, "new").ok());
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path.parent_path()) == 0700);
    CHECK(read_private_file(path)->reveal() == "new");
  }

  TEST_CASE("a symbolic link in the file's place is replaced, not followed") {
    const TemporaryDirectory home;
    const fs::path victim = home.path() / "victim";
    write_file(victim, "untouched", 0600);
    const fs::path path = home.path() / "agentphone" / "credentials";
    fs::create_directories(path.parent_path());
    fs::create_symlink(victim, path);
    REQUIRE(write_private_file(path, "key").ok());
    CHECK_FALSE(fs::is_symlink(path));
    CHECK(read_private_file(victim)->reveal() == "untouched");
  }

  TEST_CASE("a directory that is a symbolic link or a file is refused and nothing is written through it") {
    const TemporaryDirectory home;
    const fs::path elsewhere = home.path() / "elsewhere";
    fs::create_directory(elsewhere);
    fs::create_directory_symlink(elsewhere, home.path() / "agentphone");
    const auto status = write_private_file(home.path() / "agentphone" / "credentials", kKey);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::kPolicyDenied);
    CHECK(status.error().message.find(kKey) == std::string::npos);
    CHECK(entries(elsewhere) == 0);

    write_file(home.path() / "file", "x", 0600);
    CHECK_FALSE(write_private_file(home.path() / "file" / "credentials", kKey).ok());
  }

  TEST_CASE("relative paths and oversized contents are refused before anything is written") {
    const TemporaryDirectory home;
    CHECK_FALSE(write_private_file("credentials", "x").ok());
    CHECK_FALSE(write_private_file(home.path() / "a" / "b", std::string(4097, 'x')).ok());
    CHECK_FALSE(fs::exists(home.path() / "a"));
  }

  TEST_CASE("a failing rename leaves no temporary file behind") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / "agentphone" / "credentials";
    fs::create_directories(path / "occupied");
    const auto status = write_private_file(path, kKey);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().message.find(path.string()) != std::string::npos);
    CHECK(status.error().message.find(kKey) == std::string::npos);
    CHECK(entries(path.parent_path()) == 1);
  }

  TEST_CASE("a file that others may touch is refused with the line that repairs it") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / "key";
    for (const mode_t mode : {mode_t{0644}, mode_t{0640}, mode_t{0620}, mode_t{0604}, mode_t{0601}, mode_t{0666}}) {
      write_file(path, kKey, mode);
      const auto key = read_key_file(path);
      REQUIRE_FALSE(key.ok());
      CHECK(key.error().code == ErrorCode::kPolicyDenied);
      CHECK(key.error().message.find("chmod 600 '" + path.string() + "'") != std::string::npos);
      CHECK(key.error().message.find(kKey) == std::string::npos);
    }
    write_file(path, kKey, 0400);
    CHECK(read_key_file(path).ok());
  }

  TEST_CASE("links, directories, pipes, missing and large files are refused") {
    const TemporaryDirectory home;
    const fs::path real = home.path() / "real";
    write_file(real, kKey, 0600);
    fs::create_symlink(real, home.path() / "link");
    CHECK(read_key_file(home.path() / "link").error().code == ErrorCode::kPolicyDenied);
    CHECK(read_key_file(home.path()).error().code == ErrorCode::kPolicyDenied);
    REQUIRE(::mkfifo((home.path() / "pipe").c_str(), 0600) == 0);
    CHECK(read_key_file(home.path() / "pipe").error().code == ErrorCode::kPolicyDenied);
    CHECK(read_key_file(home.path() / "missing").error().code == ErrorCode::kNotFound);
    CHECK(read_key_file(real / "below").error().code == ErrorCode::kNotFound);
    write_file(real, std::string(4096, 'x'), 0600);
    CHECK(read_private_file(real).ok());
    write_file(real, std::string(4097, 'x'), 0600);
    CHECK(read_private_file(real).error().code == ErrorCode::kPolicyDenied);
  }

  TEST_CASE("one trailing newline is taken off, and what is no key is refused without being quoted") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / "key";
    write_file(path, "sk_test_x\n", 0600);
    CHECK(read_key_file(path)->reveal() == "sk_test_x");
    for (const std::string_view text :
         {"", "\n", "sk_test_x\n\n", "sk_test_x\r\n", " sk_test_x", "api-key-1234567890"}) {
      write_file(path, text, 0600);
      const auto key = read_key_file(path);
      REQUIRE_FALSE(key.ok());
      CHECK(key.error().message.find("1234567890") == std::string::npos);
    }
  }

  TEST_CASE("a private file is created where nothing is, and its directory stays as it was") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / "token";
    const auto before = fs::status(home.path()).permissions();
    REQUIRE(create_private_file(path, "secret\n").ok());
    CHECK(read_private_file(path)->reveal() == "secret");
    CHECK(fs::status(home.path()).permissions() == before);
    CHECK(create_private_file(path, "other").error().code == ErrorCode::kPolicyDenied);
    CHECK(create_private_file(home.path() / "none" / "token", "x").error().code == ErrorCode::kInternal);
    CHECK(read_private_file(path)->reveal() == "secret");
  }

  TEST_CASE("a file that several processes create at once is complete from the first moment, and is that of one") {
    const TemporaryDirectory home;
    const fs::path path = home.path() / "token";
    std::atomic<int> created{0};
    {
      std::vector<std::jthread> threads;
      for (char fill : {'a', 'b', 'c', 'd'}) {
        threads.emplace_back([&, fill] {
          if (create_private_file(path, std::string(64, fill) + "\n")) ++created;
          const auto read = read_private_file(path);
          CHECK((read && read->reveal().size() == 64));
        });
      }
    }
    CHECK(created == 1);
    CHECK(std::distance(fs::directory_iterator(home.path()), fs::directory_iterator()) == 1);
  }

  TEST_CASE("keys are told by their shape") {
    CHECK(looks_like_api_key("sk_test_x"));
    CHECK(looks_like_api_key("sk_live_Ab-_9"));
    CHECK(looks_like_api_key("sk_live_" + std::string(200, 'a')));
    for (const std::string& text :
         {std::string(), std::string("sk_live_"), std::string("sk_prod_abc"), std::string("sk_live_a b"),
          std::string("sk_live_a\nb"), std::string("Xsk_live_ab"), "sk_live_" + std::string(201, 'a')}) {
      CAPTURE(text);
      CHECK_FALSE(looks_like_api_key(text));
    }
  }

#ifndef __APPLE__
  TEST_CASE("the key is kept under the XDG directory, or under .config of the home") {
    CHECK(default_key_path({.xdg_config_home = "/x", .home = "/h"}) == "/x/agentphone/credentials");
    CHECK(default_key_path({.xdg_config_home = "", .home = "/h"}) == "/h/.config/agentphone/credentials");
    CHECK(default_key_path({.xdg_config_home = "rel", .home = "/h"}) == "/h/.config/agentphone/credentials");
    CHECK(default_key_path({}).empty());
  }
#endif
}

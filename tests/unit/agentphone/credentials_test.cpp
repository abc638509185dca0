#include "agentphone/credentials.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "platform/files.h"
#include "support/temporary_directory.h"

using apmcp::Secret;
using apmcp::agentphone::Credentials;
using apmcp::agentphone::KeySource;
using apmcp::test::TemporaryDirectory;

TEST_SUITE("unit") {
  TEST_CASE("a key that was set is given out with its source, and an empty one is none") {
    Credentials credentials("");
    CHECK_FALSE(credentials.has_key());
    CHECK(credentials.source() == KeySource::kNone);
    credentials.set(Secret("sk_test_x"), KeySource::kFile);
    CHECK(credentials.key().reveal() == "sk_test_x");
    CHECK(credentials.source() == KeySource::kFile);
    credentials.set(Secret(), KeySource::kFile);
    CHECK_FALSE(credentials.has_key());
    CHECK(credentials.source() == KeySource::kNone);
  }

  TEST_CASE("a remembered key is used at once and readable at the next start") {
    const TemporaryDirectory home;
    const auto path = home.path() / "agentphone" / "credentials";
    Credentials credentials(path);
    const auto where = credentials.remember(Secret("sk_live_0123456789"));
    REQUIRE(where.ok());
    CHECK(where->location == path.string());
    CHECK(where->note.empty());
    CHECK(credentials.source() == KeySource::kSignUp);
    CHECK(apmcp::platform::read_key_file(path)->reveal() == "sk_live_0123456789");
  }

  TEST_CASE("a key that was stored before is moved aside, and a configured one is named") {
    const TemporaryDirectory home;
    const auto path = home.path() / "agentphone" / "credentials";
    Credentials credentials(path);
    REQUIRE(credentials.remember(Secret("sk_live_first00001")).ok());
    credentials.set(Secret("sk_live_configured"), KeySource::kEnvironment);
    const auto second = credentials.remember(Secret("sk_live_second0002"));
    REQUIRE(second.ok());
    CHECK(apmcp::platform::read_key_file(path)->reveal() == "sk_live_second0002");
    CHECK(apmcp::platform::read_key_file(path.string() + ".previous-1")->reveal() == "sk_live_first00001");
    CHECK(second->note.find(path.string() + ".previous-1") != std::string::npos);
    CHECK(second->note.find("AGENTPHONE_API_KEY") != std::string::npos);
    REQUIRE(credentials.remember(Secret("sk_live_second0002")).ok());
    CHECK_FALSE(std::filesystem::exists(path.string() + ".previous-2"));
  }

  TEST_CASE("without a place to keep it the key lives in memory only") {
    Credentials credentials("");
    const auto where = credentials.remember(Secret("sk_test_0123456789"));
    REQUIRE(where.ok());
    CHECK(where->location == "memory of this process");
    CHECK(credentials.key().reveal() == "sk_test_0123456789");
  }

  TEST_CASE("a key that cannot be stored works anyway, and the error tells the loss without the key") {
    const TemporaryDirectory home;
    std::ofstream(home.path() / "agentphone") << "a file where the directory should be";
    Credentials credentials(home.path() / "agentphone" / "credentials");
    const auto where = credentials.remember(Secret("sk_live_0123456789"));
    REQUIRE_FALSE(where.ok());
    CHECK(credentials.key().reveal() == "sk_live_0123456789");
    CHECK(where.error().message.find("lost") != std::string::npos);
    CHECK((where.error().message + where.error().next_step).find("0123456789") == std::string::npos);
  }

  TEST_CASE(
      "a key that cannot be stored in its place is stored in the first fallback that works, and the note names it") {
    const TemporaryDirectory home;
    std::ofstream(home.path() / "agentphone") << "a file where the directory should be";
    std::ofstream(home.path() / "state") << "and another";
    const auto fallback = home.path() / "runtime" / "credentials";
    Credentials credentials(home.path() / "agentphone" / "credentials",
                            {home.path() / "state" / "credentials", fallback, home.path() / "tmp" / "credentials"});
    const auto kept = credentials.remember(Secret("sk_live_0123456789"));
    REQUIRE(kept.ok());
    CHECK(kept->location == fallback.string());
    CHECK(kept->note.find("--api-key-file " + fallback.string()) != std::string::npos);
    CHECK(kept->note.find("0123456789") == std::string::npos);
    CHECK(apmcp::platform::read_key_file(fallback)->reveal() == "sk_live_0123456789");
    CHECK_FALSE(std::filesystem::exists(home.path() / "tmp"));
    CHECK(credentials.store_pending());
    REQUIRE(credentials.remember(Secret("sk_live_another001")).ok());
    CHECK(apmcp::platform::read_key_file(fallback.string() + ".previous-1")->reveal() == "sk_live_0123456789");
  }

  TEST_CASE("a key that could be stored nowhere is stored with the next use that finds room") {
    const TemporaryDirectory home;
    const auto obstacle = home.path() / "agentphone";
    std::ofstream(obstacle) << "a file where the directory should be";
    Credentials credentials(obstacle / "credentials");
    REQUIRE_FALSE(credentials.remember(Secret("sk_live_0123456789")).ok());
    CHECK_FALSE(credentials.store_pending());
    CHECK(credentials.key().reveal() == "sk_live_0123456789");
    std::filesystem::remove(obstacle);
    CHECK(credentials.key().reveal() == "sk_live_0123456789");
    CHECK(apmcp::platform::read_key_file(obstacle / "credentials")->reveal() == "sk_live_0123456789");
    CHECK(credentials.store_pending());
  }

  TEST_CASE("a key of unknown shape is used but not written where it could not be read again") {
    const TemporaryDirectory home;
    const auto path = home.path() / "agentphone" / "credentials";
    Credentials credentials(path);
    CHECK_FALSE(credentials.remember(Secret("ak-new-format")).ok());
    CHECK(credentials.has_key());
    CHECK_FALSE(std::filesystem::exists(path));
  }

  TEST_CASE("readers see the old key or the new one, never a mixture") {
    Credentials credentials("");
    const std::string first(64, 'a');
    const std::string second(64, 'b');
    credentials.set(Secret(first), KeySource::kFile);
    std::vector<int> mixed(2, 0);
    {
      std::vector<std::jthread> threads;
      threads.reserve(mixed.size());
      for (int& count : mixed) {
        threads.emplace_back([&] {
          for (int i = 0; i < 500; ++i) {
            const std::string key = credentials.key().reveal();
            if (key != first && key != second) ++count;
          }
        });
      }
      for (int i = 0; i < 500; ++i) credentials.set(Secret(i % 2 == 0 ? second : first), KeySource::kSignUp);
    }
    CHECK(mixed[0] + mixed[1] == 0);
  }
}

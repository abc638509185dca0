#include "platform/file_lock.h"

#include <array>
#include <future>
#include <unistd.h>
#ifdef __linux__
#include <sys/inotify.h>
#endif

#include <doctest/doctest.h>

#include "support/temporary_directory.h"

namespace {

using apmcp::platform::FileLock;
using apmcp::platform::UniqueFd;
using apmcp::test::TemporaryDirectory;

TEST_SUITE("unit") {
  TEST_CASE("a lock has one holder, and leaves no file behind") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "x.lock";
    {
      const auto first = FileLock::take(path);
      REQUIRE(first.has_value());
      CHECK_FALSE(FileLock::try_take(path).has_value());
    }
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(FileLock::try_take(path).has_value());
    CHECK_FALSE(FileLock::take(directory.path() / "none" / "x.lock").has_value());
  }

  TEST_CASE("a lock leaves a file alone that was put in the place of its own") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "x.lock";
    auto robbed = FileLock::take(path);
    REQUIRE(std::filesystem::remove(path));
    const auto other = FileLock::take(path);
    REQUIRE(other.has_value());
    robbed.reset();
    CHECK(std::filesystem::exists(path));
  }

#ifdef __linux__
  TEST_CASE("who opened the file before its holder removed it does not hold the name by that") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "x.lock";
    auto first = FileLock::take(path);
    const UniqueFd watch(::inotify_init1(IN_CLOEXEC));
    REQUIRE(::inotify_add_watch(watch.get(), path.c_str(), IN_OPEN) >= 0);
    auto second = std::async(std::launch::async, [&] { return FileLock::take(path); });
    std::array<char, 4096> opened{};
    REQUIRE(::read(watch.get(), opened.data(), opened.size()) > 0);
    first.reset();
    const auto held = second.get();
    REQUIRE(held.has_value());
    CHECK(std::filesystem::exists(path));
    CHECK_FALSE(FileLock::try_take(path).has_value());
  }
#endif
}

}  // namespace

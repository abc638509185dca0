#include "platform/process.h"

#include <csignal>
#include <sys/resource.h>

#include <doctest/doctest.h>

#include "platform/stop_signal.h"

namespace {

/// The limit of open descriptors as it was, at the end of a test.
struct DescriptorLimit {
  DescriptorLimit() { REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0); }

  ~DescriptorLimit() { CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0); }

  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

  rlimit before{};
};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("the limit of open descriptors is raised as far as it goes, and never lowered") {
    const DescriptorLimit limit;
    const rlimit low{256, limit.before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    CHECK(apmcp::platform::raise_descriptor_limit(100) == 256);
    CHECK(apmcp::platform::raise_descriptor_limit(300) == 300);
    rlimit now{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &now) == 0);
    CHECK(now.rlim_cur == 300);
    CHECK(now.rlim_max == limit.before.rlim_max);
  }

  TEST_CASE("SIGUSR1 asks for the log to be opened again and ends nothing; too long a file is no signal") {
    const apmcp::platform::StopSignal& stop = apmcp::platform::StopSignal::install();
    const auto& reopenings = apmcp::platform::log_reopenings();
    const unsigned before = reopenings;
    REQUIRE(std::raise(SIGUSR1) == 0);
    CHECK(reopenings == before + 1);
    REQUIRE(std::raise(SIGXFSZ) == 0);
    CHECK_FALSE(stop.is_requested());
  }
}

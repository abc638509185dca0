#include "agentphone/webhook_secrets.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>

#include "support/temporary_directory.h"

namespace apmcp::agentphone {
namespace {

TEST_SUITE("unit") {
  TEST_CASE("of servers that keep secrets in one file at the same time, none loses what another kept") {
    const test::TemporaryDirectory home;
    const auto file = home.path() / "agentphone" / "webhook-secrets";
    {
      std::vector<std::jthread> servers;
      for (int i = 0; i < 8; ++i) {
        servers.emplace_back([&, i] {
          WebhookSecrets secrets(file);
          for (int n = 0; n < 4; ++n) {
            CHECK(secrets.keep("agt_" + std::to_string(4 * i + n), Secret("whsec_" + std::to_string(i))).ok());
          }
        });
      }
    }
    CHECK(WebhookSecrets(file).all().size() == 32);
    CHECK_FALSE(std::filesystem::exists(file.string() + ".lock"));
  }

  TEST_CASE("a secret that cannot be written verifies deliveries all the same, and is written once there is room") {
    const test::TemporaryDirectory home;
    const auto obstacle = home.path() / "agentphone";
    std::ofstream(obstacle) << "a file where the directory should be";
    const auto file = obstacle / "webhook-secrets";
    WebhookSecrets secrets(file);
    const Status kept = secrets.keep("agt_1", Secret("whsec_memory"));
    REQUIRE_FALSE(kept.ok());
    CHECK(kept.error().message.find("until this server exits") != std::string::npos);
    CHECK(kept.error().message.find("whsec_memory") == std::string::npos);
    CHECK(secrets.all().size() == 1);
    CHECK_FALSE(secrets.store_pending());
    std::filesystem::remove(obstacle);
    CHECK(secrets.all().size() == 1);
    CHECK(secrets.store_pending());
    CHECK(WebhookSecrets(file).all().at(0).reveal() == "whsec_memory");
  }
}

}  // namespace
}  // namespace apmcp::agentphone
